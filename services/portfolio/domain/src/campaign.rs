//! Organised campaigns: the same words, sent by many. Each is one voice in every organisation that sent it; these are the
//! inputs as they would be had nobody sent it.
use std::collections::BTreeSet;

use crate::Inputs;

/// A campaign, by what it is in the tallies of its codebook.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Campaign {
    /// `codebooks/{codebook}/campaigns/{campaign}`.
    pub name: String,
    /// Its codebook's id.
    pub codebook: String,
    /// Responses that say just this.
    pub responses: i64,
    /// The voice that it is in each organisation.
    pub voices: Vec<CampaignVoice>,
}

/// What a campaign is in an organisation's tallies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignVoice {
    /// The organisation's id.
    pub organisation: String,
    /// Themes that it raises, by full name.
    pub themes: BTreeSet<String>,
    /// Of those, the ones that it speaks against.
    pub against: BTreeSet<String>,
}

/// Takes a campaign out of the tallies. An organisation whose one voice it was has not answered any more. A voice that the
/// tallies do not hold, as it came after them, is passed over.
pub fn take_out(inputs: &mut Inputs, campaign: &Campaign) {
    let Some(signals) = inputs.signals.get_mut(&campaign.codebook) else { return };
    for voice in &campaign.voices {
        let Some(signal) = signals.get_mut(&voice.organisation).filter(|s| s.respondents > 0) else {
            continue;
        };
        signal.respondents -= 1;
        for (counts, themes) in [(&mut signal.themes, &voice.themes), (&mut signal.against, &voice.against)] {
            for theme in themes {
                if let Some(count) = counts.get_mut(theme) {
                    *count -= 1;
                }
            }
            counts.retain(|_, count| *count > 0);
        }
        // What is left may not claim more than those who are left.
        let most = signal.respondents;
        signal.themes.values_mut().for_each(|count| *count = (*count).min(most));
        signal.themes.retain(|_, count| *count > 0);
        let raised = &signal.themes;
        for (theme, count) in &mut signal.against {
            *count = (*count).min(raised.get(theme).copied().unwrap_or(0));
        }
        signal.against.retain(|_, count| *count > 0);
    }
}

/// The inputs as they would be had nobody sent it.
pub fn without(inputs: &Inputs, campaign: &Campaign) -> Inputs {
    let mut inputs = inputs.clone();
    take_out(&mut inputs, campaign);
    inputs
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::{
        check::check,
        rank::tests::{T1, T2, inputs, signal},
    };

    fn campaign(voices: &[(&str, &[&str])]) -> Campaign {
        let voice = |(organisation, themes): &(&str, &[&str])| CampaignVoice {
            organisation: (*organisation).to_owned(),
            themes: themes.iter().map(|theme| (*theme).to_owned()).collect(),
            against: BTreeSet::new(),
        };
        let (name, codebook) = ("codebooks/c/campaigns/x".to_owned(), "c".to_owned());
        Campaign { name, codebook, responses: 9, voices: voices.iter().map(voice).collect() }
    }

    #[test]
    fn a_campaign_is_one_voice_less_in_each_organisation_that_sent_it() {
        let mut inputs = inputs();
        let signals =
            [("O1", signal(3, &[(T1, 2), (T2, 1)])), ("O2", signal(1, &[(T1, 1)])), ("O3", signal(2, &[]))];
        inputs.signals.insert("c".into(), signals.map(|(id, signal)| (id.to_owned(), signal)).into());
        let left = without(&inputs, &campaign(&[("O1", &[T1]), ("O2", &[T1]), ("O4", &[T1])]));
        assert_eq!(left.signals["c"]["O1"], signal(2, &[(T1, 1), (T2, 1)]));
        assert_eq!(left.signals["c"]["O2"].respondents, 0);
        assert!(left.signals["c"]["O2"].themes.is_empty());
        assert_eq!(left.signals["c"]["O3"], inputs.signals["c"]["O3"]);
        assert_eq!(check(&left), []);
        let elsewhere = Campaign { codebook: "d".into(), ..campaign(&[("O1", &[T1])]) };
        assert_eq!(without(&inputs, &elsewhere), inputs);
    }

    #[test]
    fn tallies_that_are_older_than_the_campaign_stay_possible() {
        let mut inputs = inputs();
        inputs.signals.insert("c".into(), [("O1".to_owned(), signal(2, &[(T1, 2)]))].into());
        let left = without(&inputs, &campaign(&[("O1", &[])]));
        assert_eq!(left.signals["c"]["O1"], signal(1, &[(T1, 1)]));
    }
}
