//! Messages in protobuf's own JSON form, with the contract's field names and numbers as numbers.
use std::sync::LazyLock;

use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::Value;

use crate::failure::{Failure, Kind, Outcome};

static CONTRACT: LazyLock<Option<DescriptorPool>> =
    LazyLock::new(|| DescriptorPool::decode(soundings_proto::DESCRIPTORS).ok());

/// A message as JSON.
pub fn of<M: Message + Name>(message: &M) -> Outcome<Value> {
    let name = M::full_name();
    let broken = |what: &dyn std::fmt::Display| Failure::new(Kind::Other, format!("{name}: {what}"));
    let descriptor = CONTRACT.as_ref().and_then(|pool| pool.get_message_by_name(&name));
    let descriptor = descriptor.ok_or_else(|| broken(&"is not in the contract"))?;
    let dynamic = DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice());
    let dynamic = dynamic.map_err(|error| broken(&error))?;
    let options = SerializeOptions::new()
        .use_proto_field_name(true)
        .stringify_64_bit_integers(false)
        .skip_default_fields(false);
    dynamic.serialize_with_options(serde_json::value::Serializer, &options).map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::json;
    use soundings_proto::portfolio::v1::Portfolio;

    use super::of;

    #[test]
    fn a_message_has_the_contracts_names_and_every_field() {
        let portfolio =
            Portfolio { title: "T".into(), mean_value: 5_000_000_000_000, ..Portfolio::default() };
        let expected = json!({
            "name": "", "title": "T", "standing": 0, "mean_value": 5_000_000_000_000_i64, "best_item": "",
            "item_count": 0,
        });
        assert_eq!(of(&portfolio).ok(), Some(expected));
    }
}
