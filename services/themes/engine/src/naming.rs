//! Names of groups without a language model: the phrases that mark a group off from the rest.
//!
//! Phrases are runs of one to three words with no light word at an edge and not all of the question's own. A phrase
//! scores √(share of the group's statements with it) × the log-odds of it here against elsewhere × more for length.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use unicode_segmentation::UnicodeSegmentation;

use crate::words::{is_light, stem, words};

/// The share of a group's statements that a phrase must be in.
const LEAST_SHARE: f64 = 0.06;
/// What a phrase of one, two and three words is multiplied by.
const LENGTH_WORTH: [f64; 3] = [1.0, 1.35, 1.5];
/// A word is shown within a longer phrase that is at least this share of its uses.
const EXTENDED_SHARE: f64 = 0.15;
/// Phrases in a name.
const NAME_PHRASES: usize = 2;
/// Phrases shown beside it.
const KEYWORDS: usize = 8;

/// A drafted name: a person decides.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Naming {
    /// The two best phrases joined by " / "; "Unnamed" if no phrase marks the group off.
    pub name: String,
    /// The best phrases, best first, with no word in two of them; at most 8.
    pub keywords: Vec<String>,
    /// The share of the group's statements that use a word of its name, in whatever form; 0 to 1.
    pub coverage: f32,
}

/// How often a phrase is met, and in which forms.
#[derive(Debug, Default)]
struct Met {
    count: u32,
    forms: BTreeMap<String, u32>,
}

impl Met {
    /// The form met most often.
    fn form(&self) -> &str {
        self.forms
            .iter()
            .max_by_key(|(form, count)| (**count, std::cmp::Reverse(*form)))
            .map_or("", |(f, _)| f)
    }
}

/// A name for each group; groups hold indices of texts. Forms of a word ("wait", "waiting") count as one, and the form
/// met most often is shown.
#[must_use]
pub fn name_groups(texts: &[&str], groups: &[Vec<usize>], question: &str) -> Vec<Naming> {
    let asked: BTreeSet<String> = words(question).iter().map(|word| stem(word).to_owned()).collect();
    let mut everywhere: HashMap<String, u32> = HashMap::new();
    let mut here: Vec<BTreeMap<String, Met>> = Vec::with_capacity(groups.len());
    let total: usize = groups.iter().map(Vec::len).sum();
    for group in groups {
        let mut met: BTreeMap<String, Met> = BTreeMap::new();
        for text in group {
            for (phrase, form) in phrases(texts[*text], &asked) {
                let met = met.entry(phrase).or_default();
                met.count += 1;
                *met.forms.entry(form).or_default() += 1;
            }
        }
        for (phrase, met) in &met {
            *everywhere.entry(phrase.clone()).or_default() += met.count;
        }
        let least = (LEAST_SHARE * group.len() as f64).max(2.0);
        met.retain(|_, met| f64::from(met.count) >= least);
        here.push(met);
    }
    let namings = here.into_iter().zip(groups).map(|(met, group)| {
        let mut scored: Vec<(f64, &String)> = met
            .iter()
            .map(|(phrase, met)| {
                let elsewhere = everywhere.get(phrase).copied().unwrap_or(met.count) - met.count;
                (score(phrase, (met.count, group.len()), (elsewhere, total - group.len())), phrase)
            })
            .filter(|(score, _)| *score > 0.0)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let named = naming(scored.into_iter().map(|(_, phrase)| longest(phrase, &met)));
        let named = as_written(&named, group.iter().map(|text| texts[*text]));
        let coverage = coverage(&named.name, group.iter().map(|text| texts[*text]));
        Naming { coverage, ..named }
    });
    namings.collect()
}

/// The longer phrase that a good part of a word's uses are of, in its commonest form: "working from home" says more than
/// "working".
fn longest<'a>(phrase: &'a str, met: &'a BTreeMap<String, Met>) -> &'a str {
    let Some(own) = met.get(phrase) else { return phrase };
    let holds = |longer: &str| !phrase.contains(' ') && longer.split(' ').any(|word| word == phrase);
    let often = |count: u32| f64::from(count) >= EXTENDED_SHARE * f64::from(own.count);
    let longer = met.iter().filter(|(longer, met)| longer.contains(' ') && holds(longer) && often(met.count));
    longer
        .max_by_key(|(longer, met)| (met.count, longer.split(' ').count(), *longer))
        .map_or(own, |l| l.1)
        .form()
}

fn score(phrase: &str, (count, size): (u32, usize), (elsewhere, rest): (u32, usize)) -> f64 {
    let odds = |count: u32, size: usize| {
        let count = f64::from(count);
        (count + 0.5) / (size as f64 - count + 0.5)
    };
    let share = f64::from(count) / size as f64;
    let length = phrase.split(' ').count().min(LENGTH_WORTH.len());
    libm::sqrt(share) * libm::log(odds(count, size) / odds(elsewhere, rest)) * LENGTH_WORTH[length - 1]
}

/// The share of texts that use a word of a name that is not light.
fn coverage<'a>(name: &str, texts: impl ExactSizeIterator<Item = &'a str>) -> f32 {
    let stems = |text: &str| -> BTreeSet<String> {
        words(text).iter().filter(|word| !is_light(word)).map(|word| stem(word).to_owned()).collect()
    };
    let (named, all) = (stems(name), texts.len());
    let using = texts.filter(|text| !stems(text).is_disjoint(&named)).count();
    if all == 0 { 0.0 } else { using as f32 / all as f32 }
}

/// Takes phrases, best first, that share no word with one taken.
fn naming<'a>(best_first: impl Iterator<Item = &'a str>) -> Naming {
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut keywords: Vec<String> = Vec::new();
    for phrase in best_first {
        if keywords.len() == KEYWORDS {
            break;
        }
        let stems: Vec<String> =
            phrase.split(' ').filter(|word| !is_light(word)).map(|word| stem(word).to_owned()).collect();
        if stems.iter().any(|stem| used.contains(stem)) {
            continue;
        }
        used.extend(stems);
        keywords.push(phrase.to_owned());
    }
    Naming { name: name(&keywords), keywords, coverage: 0.0 }
}

/// The same with abbreviations and names as people mostly write them: "NHS", "Glasgow". How a statement begins, or one that
/// is all in capitals, tells nothing, but that an abbreviation may stand first.
fn as_written<'a>(naming: &Naming, texts: impl Iterator<Item = &'a str>) -> Naming {
    let mut uses: BTreeMap<&str, BTreeMap<String, u32>> = BTreeMap::new();
    for word in naming.keywords.iter().flat_map(|phrase| phrase.split(' ')) {
        uses.entry(word).or_default();
    }
    for text in texts.filter(|text| text.chars().any(char::is_lowercase)) {
        for (at, word) in text.unicode_words().enumerate() {
            let lower = word.to_lowercase().replace('’', "'");
            let Some(forms) = uses.get_mut(lower.as_str()) else { continue };
            let capitals = word.chars().filter(|c| c.is_uppercase()).count();
            if at > 0 || (capitals > 1 && !word.chars().any(char::is_lowercase)) {
                *forms.entry(word.replace('’', "'")).or_default() += 1;
            }
        }
    }
    let form = |word: &str| -> String {
        let forms = uses.get(word).into_iter().flatten();
        let total: u32 = forms.clone().map(|(_, count)| count).sum();
        let mostly = forms.max_by_key(|(form, count)| (**count, std::cmp::Reverse(*form)));
        mostly.filter(|(_, count)| **count * 2 > total).map_or(word, |(form, _)| form.as_str()).to_owned()
    };
    let phrase = |phrase: &String| phrase.split(' ').map(form).collect::<Vec<_>>().join(" ");
    let keywords: Vec<String> = naming.keywords.iter().map(phrase).collect();
    Naming { name: name(&keywords), keywords, coverage: naming.coverage }
}

/// The name that the best phrases make.
fn name(keywords: &[String]) -> String {
    match keywords {
        [] => "Unnamed".to_owned(),
        phrases => sentence_case(&phrases[..phrases.len().min(NAME_PHRASES)].join(" / ")),
    }
}

fn sentence_case(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// The distinct phrases of a text, of the stems of their words, each with its first form.
fn phrases(text: &str, asked: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    // A phrase does not run over a comma or a full stop.
    for run in text.split(|c: char| c.is_ascii_punctuation() && !matches!(c, '\'' | '-' | '/')) {
        let words = words(run);
        for start in 0..words.len() {
            for end in start + 1..=(start + LENGTH_WORTH.len()).min(words.len()) {
                let phrase = &words[start..end];
                let new = phrase.iter().any(|word| !is_light(word) && !asked.contains(stem(word)));
                if new && !is_light(&phrase[0]) && !is_light(&phrase[phrase.len() - 1]) {
                    let stems: Vec<&str> = phrase.iter().map(|word| stem(word)).collect();
                    found.entry(stems.join(" ")).or_insert_with(|| phrase.join(" "));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const TEXTS: [&str; 8] = [
        "The bus service is too slow in the evening.",
        "Bus service should run on Sundays.",
        "A better bus service to the hospital.",
        "More reliable bus service, please.",
        "Clean the public toilets.",
        "Public toilets are closed.",
        "Open the public toilets in the park.",
        "The public toilets smell.",
    ];

    #[test]
    fn a_name_is_what_the_rest_does_not_say() {
        let groups = [vec![0, 1, 2, 3], vec![4, 5, 6, 7]];
        let names: Vec<_> = name_groups(&TEXTS, &groups, "").into_iter().map(|n| n.name).collect();
        assert_eq!(names, ["Bus service", "Public toilets"]);
    }

    #[test]
    fn abbreviations_and_names_are_shown_as_people_write_them() {
        let texts = [
            "HR takes months to answer, and the Glasgow office never does.",
            "Our HR department in Glasgow is one person.",
            "hr and Glasgow again",
            "WE WANT A WORD WITH HR IN GLASGOW ABOUT BINS",
            "Bins are full.",
            "Empty the bins.",
            "Bins smell.",
            "More bins please.",
        ];
        let groups = [vec![0, 1, 2, 3], vec![4, 5, 6, 7]];
        let names: Vec<_> = name_groups(&texts, &groups, "").into_iter().map(|n| n.name).collect();
        assert_eq!(names, ["Glasgow / HR", "Bins"]);
    }

    #[test]
    fn the_question_names_no_group() {
        let groups = [vec![0, 1, 2, 3], vec![4, 5, 6, 7]];
        let namings = name_groups(&TEXTS, &groups, "What do you think of our bus services?");
        assert!(namings[0].keywords.is_empty(), "{namings:?}");
        assert_eq!(namings[0].name, "Unnamed");
    }
}
