//! Words by what they say of a subject. Beginnings of words, so that one line covers a word's forms; the longest
//! beginning that fits decides.

/// Words that turn what follows.
pub(super) const NEGATIONS: [&str; 16] = [
    "not", "no", "never", "nor", "neither", "without", "hardly", "barely", "cannot", "nobody", "nothing", "none",
    "stop", "stops", "less", "lack",
];

/// Beginnings of what ends or limits something; a topic with one of them is against its subject.
pub(super) const ENDING: [&str; 22] = [
    "ban", "abolish", "abolition", "abandon", "prohibit", "close", "closing", "closure", "end", "fight", "crimin",
    "remov", "scrap", "cut", "withdraw", "oppos", "reject", "halt", "cancel", "stop", "restrict", "demolish",
];

/// Phrases that ask for something.
pub(super) const ASKS: [&str; 22] = [
    "should", "please", "we need", "you need", "needs to", "need to", "need more", "need a", "must", "ought to",
    "would like", "could you", "can you", "can we", "would be good", "would be nice", "would be better", "would help",
    "we want", "i want", "i'd like", "it would be helpful",
];

/// Verbs that ask when a statement begins with them.
pub(super) const IMPERATIVES: [&str; 22] = [
    "add", "allow", "ask", "bring", "build", "change", "employ", "fix", "get", "give", "improve", "increase", "invest",
    "keep", "let", "make", "provide", "put", "reduce", "repair", "train", "stop",
];

const WELL: &[&str] = &[
    "able", "accomplish", "accountab", "achiev", "admir", "advanc", "advantag", "afford", "allow", "amazing",
    "appreciat", "beautiful", "benefi", "best", "better", "boost", "brilliant", "calm", "careful", "caring", "choice",
    "choose", "clean", "comfort", "compassion", "confiden", "convenien", "cooperat", "courteous", "creat", "cur",
    "deserv", "deter", "dignity", "discover", "easier", "easy", "educat", "effective", "efficient", "employ",
    "empower", "enable", "encourag", "enhanc", "enjoy", "enrich", "ensur", "equal", "essential", "excellent",
    "expert", "fair", "fantastic", "fine", "flexib", "fortun", "free", "freedom", "friendl", "fulfil", "gain",
    "good", "grateful", "great", "grow", "happ", "healthy", "help", "honest", "honour", "hope", "ideal", "important",
    "improv", "incentiv", "independen", "innovat", "inspir", "joy", "justice", "keep", "kind", "knowledge", "learn",
    "liberty", "liberat", "love", "lovely", "loyal", "marvel", "meaningful", "necessar", "need", "nice",
    "opportunit", "outstanding", "passion", "patient", "peace", "perfect", "pleas", "polite", "positive", "praise",
    "prevent", "professional", "profitab", "progress", "promot", "prosper", "protect", "proud", "proven", "provid",
    "reassur", "recommend", "relief", "relie", "reliab", "respect", "responsib", "reward", "right", "rights", "safe",
    "satisf", "save", "saving", "secur", "skill", "smooth", "solution", "solve", "stabil", "stable", "strength",
    "success", "superb", "support", "sustain", "thank", "thrive", "tolera", "trust", "unif", "useful", "valid",
    "valuab", "value", "vital", "welcom", "well", "wonderful", "worth",
];

const ILL: &[&str] = &[
    "abus", "addict", "afraid", "aggress", "annoy", "anxi", "appalling", "atroc", "avoid", "awful", "bad", "barbar",
    "bias", "bother", "brok", "burden", "bullied", "bully", "complain", "complicat", "confus", "conflict", "corrupt",
    "cost", "costly", "crime", "criminal", "crowd", "cruel", "damag", "danger", "dead", "death", "decreas", "delay",
    "degrad", "deni", "depriv", "destroy", "destruct", "deter", "difficult", "dirty", "disadvantag", "disappoint",
    "disaster", "discriminat", "disease", "disgust", "disrespect", "disrupt", "distract", "distress", "divid",
    "divorce", "drain", "error", "escalat", "evil", "expens", "exploit", "expos", "fail", "fear", "filthy", "flaw",
    "forc", "fraud", "frustrat", "gateway", "greed", "harass", "hard", "harm", "hate", "hinder", "horr", "hurt",
    "ignor", "illegal", "imbalanc", "immoral", "impossib", "inaccurat", "inadequa", "ineffect", "inefficien",
    "inferior", "inhuman", "injur", "injustice", "innocent", "insult", "interfer", "irresponsib", "irreversib",
    "isolat", "kill", "lack", "late", "limit", "lonely", "long", "lose", "losing", "loss", "lost", "mess", "misery",
    "mistake", "mistreat", "misus", "murder", "negative", "neglect", "noise", "noisy", "offens", "oppress",
    "outdat", "overcrowd", "pain", "poison", "pollut", "poor", "pressur", "problem", "punish", "racis", "rape",
    "risk", "rude", "ruin", "sad", "scandal", "scar", "shame", "shock", "sick", "slow", "stress", "strain", "struggl",
    "stupid", "suffer", "terribl", "terror", "threat", "tortur", "traffick", "trauma", "unable", "unaccept",
    "unaffordab", "unclear", "uncomfort", "undermin", "unethical", "unfair", "unfit", "unfortunat", "unhapp",
    "unhealthy", "uninform", "unjust", "unnatural", "unnecessar", "unprofession", "unqualified", "unreliab",
    "unsafe", "unstab", "unsuitab", "upset", "useless", "victim", "violat", "violen", "vulnerab", "wait", "war",
    "waste", "wasting", "weak", "wors", "worry", "wrong",
];

/// 1 for a word that speaks well of a subject, −1 for one that speaks ill, none for others.
pub(super) fn weight(word: &str) -> Option<f32> {
    let longest = |beginnings: &[&str]| {
        beginnings.iter().filter(|b| word.starts_with(**b) && fits(word, b)).map(|b| b.len()).max().unwrap_or(0)
    };
    match (longest(WELL), longest(ILL)) {
        (0, 0) => None,
        (well, ill) if well == ill => None,
        (well, ill) => Some(if well > ill { 1.0 } else { -1.0 }),
    }
}

/// A beginning of three letters stands for the word and its plain forms only: "war" is in "wars", not in "warm".
fn fits(word: &str, beginning: &str) -> bool {
    beginning.len() > 4 || word.len() <= beginning.len() + 3 && {
        let rest = &word[beginning.len()..];
        matches!(rest, "" | "s" | "es" | "d" | "ed" | "ing" | "e" | "er" | "ly" | "y" | "t" | "ful" | "al")
    }
}
