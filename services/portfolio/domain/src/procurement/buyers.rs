//! Which organisation of the partnership a buyer is.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::contract::plain;
use crate::Organisation;

/// Words that say little of which council it is.
const SILENT: [&str; 3] = ["the", "of", "council"];

/// Finds organisations by what sources call them.
#[derive(Debug, Clone, Default)]
pub struct Buyers {
    ids: HashMap<String, String>,
    names: HashMap<BTreeSet<String>, Option<String>>,
}

impl Buyers {
    /// Of these organisations. `aliases` gives organisations' ids by what a source calls a buyer, id or name.
    pub fn new(organisations: &BTreeMap<String, Organisation>, aliases: &BTreeMap<String, String>) -> Self {
        let mut buyers = Buyers::default();
        for (id, organisation) in organisations {
            buyers.ids.insert(id.to_lowercase(), id.clone());
            let words = words(&organisation.display_name);
            if !words.is_empty() {
                // Two of one name: neither is found by it.
                let name = buyers.names.entry(words).or_insert_with(|| Some(id.clone()));
                *name = name.take().filter(|known| known == id);
            }
        }
        for (alias, id) in aliases.iter().filter(|(_, id)| organisations.contains_key(*id)) {
            buyers.ids.insert(alias.to_lowercase(), id.clone());
        }
        buyers
    }

    /// The organisation's id, by the buyer's id, else its name: words are compared without their order, punctuation,
    /// case, "the", "of" and "council".
    pub fn find(&self, id: &str, name: &str) -> Option<&str> {
        let known = |text: &str| self.ids.get(&text.trim().to_lowercase());
        let found = known(id).or_else(|| known(name));
        found.or_else(|| self.names.get(&words(name))?.as_ref()).map(String::as_str)
    }
}

fn words(name: &str) -> BTreeSet<String> {
    plain(name)
        .split(' ')
        .filter(|word| !word.is_empty() && !SILENT.contains(word))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_council_is_found_by_id_name_or_alias() {
        let named = |name: &str| Organisation { display_name: name.into(), ..Organisation::default() };
        let organisations =
            [("EDH", "City of Edinburgh"), ("GLG", "Glasgow City"), ("X", "Twin"), ("Y", "Twin")];
        let organisations = organisations.map(|(id, name)| (id.to_owned(), named(name))).into();
        let aliases = [("GB-LA-9".to_owned(), "GLG".to_owned()), ("GB-LA-8".to_owned(), "NONE".to_owned())];
        let buyers = Buyers::new(&organisations, &aliases.into());
        assert_eq!(buyers.find("x-1", "The City of Edinburgh Council"), Some("EDH"));
        assert_eq!(buyers.find("x-1", "EDINBURGH, CITY OF"), Some("EDH"));
        assert_eq!(buyers.find("glg", ""), Some("GLG"));
        assert_eq!(buyers.find("GB-LA-9", "Somebody"), Some("GLG"));
        assert_eq!(buyers.find("GB-LA-8", "Somebody"), None, "an alias of nobody");
        assert_eq!(buyers.find("q", "Twin"), None, "two of one name");
        assert_eq!(buyers.find("", ""), None);
    }
}
