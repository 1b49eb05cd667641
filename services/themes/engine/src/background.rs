//! What people write in any consultation whatever it is about. Their mean is the centre that similarities are taken
//! from, and being close to one of them counts against a statement. Frozen: changing a line moves every score, so it
//! needs a new [`BACKGROUND_VERSION`].

/// The version of [`BACKGROUND`], stored beside every score.
pub const BACKGROUND_VERSION: &str = "background.1";

/// Statements that belong to no theme.
pub const BACKGROUND: [&str; 24] = [
    "The council should do more about this.",
    "Thank you for asking us.",
    "We agree with the plan.",
    "Nothing to add.",
    "Roads and bins are a problem.",
    "I think people need better services.",
    "It takes too long to get an answer.",
    "The schools and the buses in our area.",
    "There should be more support for communities.",
    "This is not good enough.",
    "We would like to be kept informed.",
    "Housing, parks and leisure matter to residents.",
    "I am writing on behalf of the organisation.",
    "The form was too long.",
    "Nobody listens to us.",
    "Contact us to discuss further.",
    "Happy to help.",
    "See my previous answer.",
    "Young people and older people in the community.",
    "Climate and the environment.",
    "Police and crime.",
    "Health and hospitals.",
    "Parents, children and schools.",
    "Sport, libraries and pools.",
];
