//! What organisations say of every linked theme, made ready to be read for many items.
use std::borrow::Cow;

use foldhash::HashMap;

use crate::{
    Item, ONE, Reading, ThemeLink,
    arithmetic::narrow,
    demand::{self, ThemeDemand},
    direct, interval,
    link::WHOLE,
    rank::{Asked, Demands},
};

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
    pub(crate) asked: Asked,
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
    /// Has heard what is `said` of these items themselves, as `workItems/{item}`, and of no theme yet.
    pub(crate) fn new<'a, 'b>(
        asked: Asked,
        items: impl Iterator<Item = &'b str>,
        said: &impl Fn(&str) -> Option<Cow<'a, ThemeDemand>>,
    ) -> Self {
        let mut heard = Heard { asked, unraised: demand::unraised(asked.answered), ..Heard::default() };
        items.for_each(|target| heard.hear(target, said(target).as_deref()));
        heard
    }

    /// Takes in every theme's demand; for when the number of organisations that answered changed.
    pub(crate) fn hear_all(&mut self, demands: &Demands) {
        self.asked = demands.asked;
        self.unraised = demand::unraised(self.asked.answered);
        demands.themes.iter().for_each(|(target, demand)| self.hear(target, Some(demand)));
    }

    /// Takes in what is said of a theme or an item; None: it does not count.
    pub(crate) fn hear(&mut self, target: &str, said: Option<&ThemeDemand>) {
        let number = self.number(target);
        self.take_in(number, said);
    }

    fn take_in(&mut self, number: u32, said: Option<&ThemeDemand>) {
        let heard = said.map(|demand| {
            let mean = |sum: i128| sum as f64 / ONE as f64 / demand.answered as f64;
            Theme {
                values: Reading::ALL.map(|reading| demand.value(reading, self.asked.answered)),
                raised: mean(demand.sum),
                net: mean(demand.net),
                answered: demand.answered,
                behind: self.bits(&demand.behind),
                in_favour: self.bits(&demand.in_favour),
            }
        });
        self.themes[number as usize] = heard;
    }

    /// The number of a theme, which it keeps.
    fn number(&mut self, target: &str) -> u32 {
        if let Some(number) = self.numbers.get(target) {
            return *number;
        }
        let number = u32::try_from(self.themes.len()).unwrap_or(u32::MAX);
        self.numbers.insert(target.to_owned(), number);
        if let Some(item) = direct::item(target) {
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

    /// An item's links, in order of the themes' names, and its direct voice, if it has one. What is `said` of a theme is
    /// taken in with the first link to it.
    pub(crate) fn links<'a>(
        &mut self,
        id: &str,
        item: &Item,
        said: &impl Fn(&str) -> Option<Cow<'a, ThemeDemand>>,
    ) -> Box<[Link]> {
        let own = self.direct.get(id).copied();
        let mut links = Vec::with_capacity(item.links.len() + usize::from(own.is_some()));
        for (theme, link) in &item.links {
            let (known, number) = (self.themes.len(), self.number(theme));
            if number as usize == known {
                self.take_in(number, said(theme).as_deref());
            }
            let ThemeLink { strength, reading, confidence } = *link;
            links.push(Link { theme: number, strength, is_direct: false, reading, confidence });
        }
        links.extend(own.map(|number| Link {
            theme: number,
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
        let answered =
            self.linked(links).map(|(theme, _)| theme.answered).min().unwrap_or(self.asked.answered);
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
        let (mut low, mut high) = interval::wilson(raised, answered, self.asked.organisations);
        if opposable > 0.0 {
            let (least, most) = interval::wilson(opposed, answered, self.asked.organisations);
            (low, high) = ((low - most.min(opposable)).max(0.0), (high - least).max(0.0));
        }
        let (low, high) = (low.min(demand), high.max(demand));
        (low - doubted * low, high + doubted * (1.0 - high))
    }
}
