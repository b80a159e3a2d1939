//! The globs of `passed`: Go's `path.Match`. `*` and `?` stop at `/`, there are no braces.

/// Returns whether a name matches a pattern; a malformed pattern matches nothing.
pub fn path_match(pattern: &str, name: &str) -> bool {
    if !pattern.contains(['*', '?', '[', '\\']) {
        return pattern == name;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    match_from(&pattern, &name)
}

/// Matches with one way back: to the last star, which then takes one more character.
fn match_from(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut in_name) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        if pattern.get(at) == Some(&'*') {
            retry = Some((at, in_name));
            at += 1;
            continue;
        }
        match (at < pattern.len(), in_name < name.len()) {
            (false, false) => return true,
            (true, true) => match match_one(&pattern[at..], name[in_name]) {
                One::Match(length) => {
                    at += length;
                    in_name += 1;
                    continue;
                }
                One::Malformed => return false,
                One::Mismatch => {}
            },
            _ => {}
        }
        match retry {
            Some((star, taken)) if taken < name.len() && name[taken] != '/' => {
                retry = Some((star, taken + 1));
                at = star + 1;
                in_name = taken + 1;
            }
            _ => return false,
        }
    }
}

/// How the next part of a pattern fits one character.
enum One {
    /// It fits, and so many characters of the pattern are done with.
    Match(usize),
    Mismatch,
    Malformed,
}

fn match_one(pattern: &[char], character: char) -> One {
    let fits = |fits, length| if fits { One::Match(length) } else { One::Mismatch };
    match pattern {
        ['?', ..] => fits(character != '/', 1),
        ['[', class @ ..] => match_class(class, character),
        ['\\', escaped, ..] => fits(*escaped == character, 2),
        ['\\'] | [] => One::Malformed,
        [literal, ..] => fits(*literal == character, 1),
    }
}

fn match_class(class: &[char], character: char) -> One {
    let (negated, mut at) = if class.first() == Some(&'^') { (true, 1) } else { (false, 0) };
    let mut found = false;
    let first = at;
    while class.get(at) != Some(&']') || at == first {
        let Some((low, after)) = class_character(class, at) else { return One::Malformed };
        let (high, after) = match class.get(after) {
            Some('-') => match class_character(class, after + 1) {
                Some(high) => high,
                None => return One::Malformed,
            },
            _ => (low, after),
        };
        found |= (low..=high).contains(&character);
        at = after;
    }
    if found == negated { One::Mismatch } else { One::Match(at + 2) }
}

fn class_character(class: &[char], at: usize) -> Option<(char, usize)> {
    let (character, after) = match class.get(at)? {
        '-' | ']' => return None,
        '\\' => (*class.get(at + 1)?, at + 2),
        character => (*character, at + 1),
    };
    // A class must be closed.
    (after < class.len()).then_some((character, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        let cases = [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "a", true),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("a?b", "a/b", false),
            ("a*b", "a/b", false),
            ("[\\]a]", "]", true),
            ("[\\-x]", "-", true),
            ("[x\\-]", "x", true),
            ("[x-]", "x", false),
            ("[-x]", "x", false),
            ("[", "a", false),
            ("[^", "a", false),
            ("[^bc", "a", false),
            ("a[", "a", false),
            ("{a,b}", "a", false),
            ("*x", "xxx", true),
            ("", "", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(path_match(pattern, name), expected, "{pattern} on {name}");
        }
    }
}
