use crate::statement::{slice, statements};
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case("Parking", Readable::OneWord)]
#[case("n/a", Readable::Yes)]
#[case("Bus timetable improvements", Readable::Yes)]
#[case("Quicker transport home", Readable::Yes)]
#[case("Les routes sont en mauvais état et il faut les réparer avant l'hiver.", Readable::OtherLanguage("French".into()))]
#[case("Mae angen mwy o fysiau yn y pentref ar ôl chwech.", Readable::OtherLanguage("Welsh".into()))]
#[case("Tha feum againn air barrachd bhusaichean anns a' bhaile seo.", Readable::OtherLanguage("Scottish Gaelic".into()))]
#[case("Bu chòir don chomhairle barrachd cuideachaidh a thoirt do sgoiltean air feadh na Gàidhealtachd.", Readable::OtherLanguage("Scottish Gaelic".into()))]
#[case("Tha an t-seirbheis seo glè mhath", Readable::OtherLanguage("Scottish Gaelic".into()))]
#[case(
    "We need mair buses in the toon, the noo it's pure mince and ye cannae get hame efter nine.",
    Readable::Yes
)]
#[case("Bòrd na Gàidhlig and An Comunn should share an office on Lewis.", Readable::Yes)]
#[case("A gun in the air is a sin.", Readable::Yes)]
#[case("Автобус всегда опаздывает", Readable::OtherLanguage("Russian".into()))]
fn told_apart(#[case] text: &str, #[case] expected: Readable) {
    assert_eq!(readable(text, &statements(text)), [expected]);
}

#[rstest]
#[case("Autobus się spóźnia. Nikt nie odpowiada. Parking", &["Polish", "Polish", "Polish"])]
#[case("The bus is late. Autobus każdego ranka spóźnia się i nikt nie mówi dlaczego. Thank you.", &["", "Polish", ""])]
#[case("Buses. Parking. Potholes. Schools.", &["", "", "", ""])]
#[case("Wifi, laptops, Teams, SharePoint, Microsoft licences", &[""])]
#[case("Improve broadband coverage across rural Northumberland villages", &[""])]
fn statements_of_one_answer(#[case] text: &str, #[case] expected: &[&str]) {
    let found = readable(text, &statements(text)).into_iter().map(|readable| match readable {
        Readable::OtherLanguage(language) => language,
        Readable::Yes | Readable::OneWord => String::new(),
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

#[test]
fn what_a_page_holds_besides_its_text_goes() {
    let text = "<!-- a > b --><style>p {color: red}</style>Mend the road<script>let a = 1;</script>";
    assert_eq!(plain(text).text.trim(), "Mend the road");
    assert_eq!(plain("<style>never closed").text, " never closed");
}

#[test]
fn the_end_of_a_tag_is_looked_for_so_far_and_no_further() {
    for (begins, ends) in [("<p ", ">"), ("<!--", "-->")] {
        let of = |bytes: usize| plain(&format!("{begins}{}{ends}", "x".repeat(bytes))).text;
        assert_eq!(of(LONGEST_TAG - 10).trim(), "");
        assert_eq!(of(LONGEST_TAG), format!("{begins}{}{ends}", "x".repeat(LONGEST_TAG)));
    }
    for text in ["<p".repeat(50_000), "<!--".repeat(25_000), "&#".repeat(50_000)] {
        assert_eq!(plain(&text).text, text);
    }
}

#[test]
fn html_is_taken_out_and_offsets_point_at_the_original() {
    let text = "<p>Fish &amp; chips &#163;5</p><br/>I <3 it & 3 < 4";
    let plain = plain(text);
    assert_eq!(plain.text, "\nFish & chips £5\n\nI <3 it & 3 < 4");
    let found = plain.original((6, 14)).and_then(|(s, e)| slice(text, s, e));
    assert_eq!(found, Some("&amp; chips "));
    assert_eq!(plain.original((0, 999)), None);
}

#[rstest]
#[case("What could we do better?", "What could we do better?", true)]
#[case("what could we do", "What could we do better?", true)]
#[case("Q1 What could we do better", "What could we do better?", true)]
#[case("What’s hard for you today", "What's hard for you today?", true)]
#[case("You could do better on what we do", "What could we do better?", false)]
#[case("Parking", "Parking", false)]
fn the_question_copied(#[case] statement: &str, #[case] question: &str, #[case] expected: bool) {
    assert_eq!(is_the_question(statement, question), expected);
}

proptest! {
    #[test]
    fn any_text_keeps_its_places(text in "[a-z<>/&;#0-9é👍 ]{0,60}") {
        let plain = plain(&text);
        let characters = text.chars().count();
        let length = plain.text.chars().count();
        prop_assert_eq!(length == 0, characters == 0);
        if length > 0 {
            prop_assert_eq!(plain.original((0, length)), Some((0, characters)));
        }
    }
}
