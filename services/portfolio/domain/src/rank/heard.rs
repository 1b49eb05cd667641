//! What organisations say of every linked theme, made ready to be read for many items.
use std::collections::HashMap;

use crate::{Item, ONE, Reading, arithmetic::narrow, demand, direct, interval, link::WHOLE, rank::Demands};

/// A link of an item to a theme, by the number of the theme that it says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    pub(crate) theme: u32,
    /// In thousandths; of a direct voice, what the links before it leave free.
    strength: i64,
    /// Whether it is the item's direct voice, which is the last.
    is_direct: bool,
    reading: Reading,
    /// In thousandths.
    confidence: i64,
}

/// Themes by number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    numbers: HashMap<String, u32>,
    /// Of these, the numbers of items with a direct voice, by the item's id.
    direct: HashMap<String, u32>,
    /// None: the theme does not count, which is as no link to it.
    themes: Vec<Option<Theme>>,
    /// Places of organisations in [`Theme::behind`].
    organisations: HashMap<String, usize>,
    unraised: i128,
    /// Organisations that answered under any codebook.
    answered: i64,
    /// Organisations in the partnership.
    of: i64,
}

#[derive(Debug, Clone)]
struct Theme {
    /// In 10⁻¹², by reading.
    values: [i128; 3],
    /// Mean share of the respondents who raise it, over the organisations that answered under its codebook.
    raised: f64,
    /// The same, less twice the share of those who speak against it.
    net: f64,
    answered: i64,
    /// Organisations that raise it, one bit each.
    behind: Vec<u64>,
    /// Organisations where more speak for it than against it, one bit each.
    in_favour: Vec<u64>,
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
        self.answered = demands.answered;
        self.of = demands.organisations;
        demands.themes.keys().for_each(|theme| self.hear(theme, demands));
    }

    /// Takes in one theme's demand.
    pub(crate) fn hear(&mut self, theme: &str, demands: &Demands) {
        let heard = demands.themes.get(theme).map(|demand| {
            let mean = |sum: i128| sum as f64 / ONE as f64 / demand.answered as f64;
            Theme {
                values: Reading::ALL.map(|reading| demand.value(reading, demands.answered)),
                raised: mean(demand.sum),
                net: mean(demand.net),
                answered: demand.answered,
                behind: self.bits(&demand.behind),
                in_favour: self.bits(&demand.in_favour),
            }
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
        if let Some(item) = direct::item(theme) {
            self.direct.insert(item.to_owned(), number);
        }
        self.themes.push(None);
        number
    }

    fn bits(&mut self, organisations: &[String]) -> Vec<u64> {
        let mut bits = Vec::new();
        for organisation in organisations {
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

    /// An item's links, in order of the themes' names, and its direct voice, if it has one.
    pub(crate) fn links(&mut self, id: &str, item: &Item) -> Box<[Link]> {
        let links = item.links.iter().map(|(theme, link)| Link {
            theme: self.number(theme),
            strength: link.strength,
            is_direct: false,
            reading: link.reading,
            confidence: link.confidence,
        });
        let mut links: Vec<Link> = links.collect();
        links.extend(self.direct.get(id).map(|number| Link {
            theme: *number,
            strength: 0,
            is_direct: true,
            reading: Reading::Raised,
            confidence: WHOLE,
        }));
        links.into()
    }

    /// What counts of these links, the direct voice with the strength that it takes.
    fn linked<'a>(&'a self, links: &'a [Link]) -> impl Iterator<Item = (&'a Theme, Link)> {
        let mut free = WHOLE;
        let counted = move |link: &Link| {
            let theme = self.themes[link.theme as usize].as_ref()?;
            let strength = if link.is_direct { free } else { link.strength };
            free -= strength;
            (strength > 0).then_some((theme, Link { strength, ..*link }))
        };
        links.iter().filter_map(counted)
    }

    /// An item's demand in 10⁻¹², which may lie outside 0 to 1: Σ strength·d + what is not linked · demand of what nobody
    /// raised.
    pub(crate) fn demand(&self, links: &[Link]) -> i64 {
        let linked = self.linked(links);
        let of =
            |(theme, link): (&Theme, Link)| (i128::from(link.strength), theme.values[link.reading as usize]);
        narrow(demand::from_links(linked.map(of), self.unraised))
    }

    /// Organisations that speak for the item by any of its themes.
    pub(crate) fn behind(&self, links: &[Link]) -> i64 {
        let words = self.organisations.len().div_ceil(64);
        let word = |at: usize| {
            let of = |(theme, link): (&Theme, Link)| {
                let bits = match link.reading {
                    Reading::Raised => &theme.behind,
                    Reading::Stance => &theme.in_favour,
                    Reading::Against => return 0,
                };
                bits.get(at).copied().unwrap_or(0)
            };
            self.linked(links).map(of).fold(0, |all, bits| all | bits)
        };
        (0..words).map(|at| i64::from(word(at).count_ones())).sum()
    }

    /// Around what is known of the linked themes: of their own codebooks' answers, since who answered elsewhere was not
    /// asked. What is linked to nothing has the interval of a theme that nobody raised: all who answered could have asked
    /// for it. `demand` is kept within 0 and 1, in 10⁻¹².
    ///
    /// What speaks for the item has an interval and what speaks against it has one; their difference goes from the least
    /// for less the most against to the most for less the least against. A link of confidence c mixes the whole interval,
    /// from 0 to 1, in by (1 − c) · strength.
    pub(crate) fn interval(&self, links: &[Link], demand: i64) -> (f64, f64) {
        let demand = demand as f64 / ONE as f64;
        let answered = self.linked(links).map(|(theme, _)| theme.answered).min().unwrap_or(self.answered);
        if answered == 0 {
            return (0.0, 1.0);
        }
        let part = |thousandths: i64| thousandths as f64 / WHOLE as f64;
        let (mut raised, mut opposed, mut opposable, mut doubted) = (0.0, 0.0, 0.0, 0.0);
        for (theme, link) in self.linked(links) {
            let strength = part(link.strength);
            let (speak_for, speak_against) = match link.reading {
                Reading::Raised => (theme.raised, 0.0),
                Reading::Stance => ((theme.raised + theme.net) / 2.0, (theme.raised - theme.net) / 2.0),
                Reading::Against => (0.0, theme.raised),
            };
            raised += strength * speak_for;
            opposed += strength * speak_against;
            if link.reading != Reading::Raised {
                opposable += strength;
            }
            doubted += strength * part(WHOLE - link.confidence);
        }
        let (mut low, mut high) = interval::wilson(raised, answered, self.of);
        if opposable > 0.0 {
            let (least, most) = interval::wilson(opposed, answered, self.of);
            (low, high) = ((low - most.min(opposable)).max(0.0), (high - least).max(0.0));
        }
        let (low, high) = (low.min(demand), high.max(demand));
        (low - doubted * low, high + doubted * (1.0 - high))
    }
}
