//! Letters without their accents, so that `Café` and `cafe` are one word.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// Letters that no decomposition takes apart.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ł' => "l",
        'ŧ' => "t",
        'þ' => "th",
        _ => return None,
    })
}

/// Whether accents on a letter are left out: those of Latin and Greek. In other scripts a mark may be half of a letter.
fn loses_accents(letter: char) -> bool {
    matches!(letter, 'a'..='z' | 'A'..='Z' | '\u{00C0}'..='\u{024F}' | '\u{0370}'..='\u{03FF}')
}

/// A word in lower case without accents, and with forms that only look different (ligatures, full width) as one.
pub(super) fn fold(word: &str) -> Cow<'_, str> {
    if word.is_ascii() {
        return Cow::Borrowed(word);
    }
    let mut folded = String::with_capacity(word.len());
    let mut drops = false;
    for letter in word.nfkd() {
        match letter {
            '\u{0300}'..='\u{036F}' if drops => continue,
            '\u{0300}'..='\u{036F}' => {}
            _ => drops = loses_accents(letter),
        }
        match plain(letter) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    Cow::Owned(if folded.is_ascii() { folded } else { folded.nfc().collect() })
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn accents_go_where_they_are_no_letters() {
        for (word, folded) in [
            ("café", "cafe"),
            ("cafe\u{301}", "cafe"),
            ("straße", "strasse"),
            ("ångström", "angstrom"),
            ("łódź", "lodz"),
            ("ﬁne", "fine"),
            ("ｆｕｌｌ", "full"),
            ("ἀλήθεια", "αληθεια"),
            ("мой", "мой"),
            ("한국어", "한국어"),
            ("हिन्दी", "हिन्दी"),
        ] {
            assert_eq!(fold(word), folded, "{word}");
        }
    }
}
