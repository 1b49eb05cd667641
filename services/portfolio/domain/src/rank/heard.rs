//! What organisations say of every linked theme, made ready to be read for many items.
use std::collections::HashMap;

use crate::{
    Item, ONE,
    arithmetic::{divide, narrow},
    demand::{self, ThemeDemand},
    interval,
    rank::Demands,
};

/// A link of an item to a theme, by the theme's number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) theme: u32,
    /// In thousandths.
    strength: i64,
}

/// Themes by number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    numbers: HashMap<String, u32>,
    /// None: the theme does not count, which is as no link to it.
    themes: Vec<Option<Theme>>,
    /// Places of organisations in [`Theme::behind`].
    organisations: HashMap<String, usize>,
    unraised: i128,
    /// Organisations in the partnership.
    of: i64,
}

#[derive(Debug, Clone)]
struct Theme {
    /// In 10⁻¹².
    value: i128,
    /// Mean share of the respondents, over the organisations that answered under its codebook.
    mean: f64,
    answered: i64,
    /// One bit by organisation.
    behind: Vec<u64>,
}

impl Heard {
    pub(crate) fn new(demands: &Demands) -> Self {
        let mut heard = Heard::default();
        heard.hear_all(demands);
        heard
    }

    /// Takes in every theme's demand; for when the number of organisations that answered changed.
    pub(crate) fn hear_all(&mut self, demands: &Demands) {
        self.unraised = demand::unraised(demands.answered);
        self.of = demands.organisations;
        demands.themes.keys().for_each(|theme| self.hear(theme, demands));
    }

    /// Takes in one theme's demand.
    pub(crate) fn hear(&mut self, theme: &str, demands: &Demands) {
        let heard = demands.themes.get(theme).map(|demand| Theme {
            value: demand.value(demands.answered),
            mean: demand.sum as f64 / ONE as f64 / demand.answered as f64,
            answered: demand.answered,
            behind: self.bits(demand),
        });
        let number = self.number(theme);
        self.themes[number as usize] = heard;
    }

    /// The number of a theme, which it keeps.
    pub(crate) fn number(&mut self, theme: &str) -> u32 {
        if let Some(number) = self.numbers.get(theme) {
            return *number;
        }
        let number = u32::try_from(self.themes.len()).unwrap_or(u32::MAX);
        self.numbers.insert(theme.to_owned(), number);
        self.themes.push(None);
        number
    }

    fn bits(&mut self, demand: &ThemeDemand) -> Vec<u64> {
        let mut bits = Vec::new();
        for organisation in &demand.behind {
            let next = self.organisations.len();
            let at = match self.organisations.get(organisation) {
                Some(at) => *at,
                None => *self.organisations.entry(organisation.clone()).or_insert(next),
            };
            if bits.len() <= at / 64 {
                bits.resize(at / 64 + 1, 0_u64);
            }
            bits[at / 64] |= 1 << (at % 64);
        }
        bits
    }

    /// An item's links, in order of the themes' names.
    pub(crate) fn links(&mut self, item: &Item) -> Box<[Link]> {
        let links = item.links.iter();
        links.map(|(theme, strength)| Link { theme: self.number(theme), strength: *strength }).collect()
    }

    fn linked<'a>(&'a self, links: &'a [Link]) -> impl Iterator<Item = (&'a Theme, i64)> {
        let theme = |link: &Link| Some((self.themes[link.theme as usize].as_ref()?, link.strength));
        links.iter().filter_map(theme)
    }

    /// An item's demand in 10⁻¹²: Σ strength·d + what is not linked · demand of what nobody raised.
    pub(crate) fn demand(&self, links: &[Link]) -> i64 {
        let (mut linked, mut demand) = (0, 0);
        for (theme, strength) in self.linked(links) {
            linked += i128::from(strength);
            demand += i128::from(strength) * theme.value;
        }
        narrow(divide(demand + (1000 - linked) * self.unraised, 1000))
    }

    /// Organisations that raise any of the linked themes.
    pub(crate) fn behind(&self, links: &[Link]) -> i64 {
        let words = self.organisations.len().div_ceil(64);
        let word = |at: usize| {
            let of = |(theme, _): (&Theme, i64)| theme.behind.get(at).copied().unwrap_or(0);
            self.linked(links).map(of).fold(0, |all, bits| all | bits)
        };
        (0..words).map(|at| i64::from(word(at).count_ones())).sum()
    }

    /// Around what is known of the linked themes: of their own codebooks' answers, since who answered elsewhere was not
    /// asked.
    pub(crate) fn interval(&self, links: &[Link], demand: i64) -> (f64, f64) {
        let demand = demand as f64 / ONE as f64;
        let answered = self.linked(links).map(|(theme, _)| theme.answered).min().unwrap_or(0);
        if answered == 0 {
            return (0.0, 1.0);
        }
        let raised: f64 =
            self.linked(links).map(|(theme, strength)| strength as f64 / 1000.0 * theme.mean).sum();
        let (low, high) = interval::wilson(raised, answered, self.of);
        (low.min(demand), high.max(demand))
    }
}
