//! W3C trace context: one trace runs from a submitted response to the ranking event it causes.
//!
//! Contexts travel with requests and messages whether or not traces are collected. Where they are, [`TraceContext::of`]
//! ties a context to the span that is sent.
use std::{fmt, future::Future, str::FromStr};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::ids::{Ids, SystemIds};

/// Causes of one span that are linked to it; a batch may have hundreds.
const LINKS: usize = 64;

/// Where in which trace something happens; written and read as a `traceparent` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    flags: u8,
}

tokio::task_local! {
    static CURRENT: TraceContext;
}

impl TraceContext {
    /// A new trace.
    pub fn start() -> Self {
        TraceContext { trace_id: SystemIds.next().as_u128(), span_id: random_span(), flags: 1 }
    }

    /// The context of a span that goes on from `parent` and was caused by `causes` too.
    pub fn of(span: &Span, parent: Option<TraceContext>, causes: &[TraceContext]) -> Self {
        if let Some(parent) = parent {
            // Refused where traces are not collected, which is no matter.
            _ = span.set_parent(Context::new().with_remote_span_context(parent.span_context()));
        }
        for cause in causes.iter().filter(|cause| Some(**cause) != parent).take(LINKS) {
            span.add_link(cause.span_context());
        }
        let collected = span.context();
        let collected = collected.span().span_context().clone();
        if collected.is_valid() {
            return TraceContext {
                trace_id: u128::from_be_bytes(collected.trace_id().to_bytes()),
                span_id: u64::from_be_bytes(collected.span_id().to_bytes()),
                flags: collected.trace_flags().to_u8(),
            };
        }
        parent.map_or_else(TraceContext::start, |parent| parent.child())
    }

    fn span_context(&self) -> SpanContext {
        let (trace, span) = (TraceId::from(self.trace_id), SpanId::from(self.span_id));
        SpanContext::new(trace, span, TraceFlags::new(self.flags), true, TraceState::NONE)
    }

    /// A new span of the same trace.
    pub fn child(&self) -> Self {
        TraceContext { span_id: random_span(), ..*self }
    }

    /// The trace's id, 32 hexadecimal digits.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace_id)
    }
}

fn random_span() -> u64 {
    // The low half of a UUIDv7 is random but for its variant bits.
    (SystemIds.next().as_u128() as u64).max(1)
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace_id, self.span_id, self.flags)
    }
}

/// The text is no `traceparent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a W3C traceparent")]
pub struct NotATraceparent;

impl FromStr for TraceContext {
    type Err = NotATraceparent;

    fn from_str(text: &str) -> Result<Self, NotATraceparent> {
        let mut parts = text.split('-');
        let (Some(version), Some(trace), Some(span), Some(flags)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotATraceparent);
        };
        let sizes = version.len() == 2 && trace.len() == 32 && span.len() == 16 && flags.len() == 2;
        let lower_hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if !sizes || version == "ff" || ![version, trace, span, flags].into_iter().all(lower_hex) {
            return Err(NotATraceparent);
        }
        let context = TraceContext {
            trace_id: u128::from_str_radix(trace, 16).map_err(|_| NotATraceparent)?,
            span_id: u64::from_str_radix(span, 16).map_err(|_| NotATraceparent)?,
            flags: u8::from_str_radix(flags, 16).map_err(|_| NotATraceparent)?,
        };
        if context.trace_id == 0 || context.span_id == 0 { Err(NotATraceparent) } else { Ok(context) }
    }
}

/// The context of the task that is running, if any.
pub fn current() -> Option<TraceContext> {
    CURRENT.try_with(|context| *context).ok()
}

/// Runs a future inside a context.
pub async fn scope<F: Future>(context: TraceContext, future: F) -> F::Output {
    CURRENT.scope(context, future).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_survives_being_written_and_read() {
        let context = TraceContext::start();
        assert_eq!(context.to_string().parse(), Ok(context));
        assert_eq!(context.child().trace_id(), context.trace_id());
        assert_ne!(context.child(), context);
    }

    #[test]
    fn what_the_standard_calls_invalid_is_refused() {
        let zero = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        let short = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7";
        let upper = "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01";
        for text in [zero, short, upper, "", "nonsense"] {
            assert_eq!(text.parse::<TraceContext>(), Err(NotATraceparent), "{text}");
        }
    }

    #[tokio::test]
    async fn the_scope_is_the_current_context() {
        let context = TraceContext::start();
        assert_eq!(scope(context, async { current() }).await, Some(context));
        assert_eq!(current(), None);
    }
}
