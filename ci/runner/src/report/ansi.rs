//! What steps print, made safe to show: they print for a terminal of their own.

/// Returns a line without any escape sequences and control characters. What a carriage return overwrote is left out.
pub fn plain(line: &str) -> String {
    clean(line, false)
}

/// Returns a line with its colours, and without all that moves the cursor or changes the terminal.
pub fn shown(line: &str) -> String {
    clean(line, true)
}

fn clean(line: &str, keeps_colours: bool) -> String {
    let mut cleaned = String::with_capacity(line.len());
    let mut rest = last_drawn(line).chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' => {
                let sequence = escape_sequence(&mut rest);
                if keeps_colours && is_colour(&sequence) {
                    cleaned.push('\u{1b}');
                    cleaned.push_str(&sequence);
                }
            }
            '\t' => cleaned.push('\t'),
            character if character.is_control() => {}
            character => cleaned.push(character),
        }
    }
    cleaned
}

/// Returns what is left on the screen of a line that was drawn several times, as progress bars are.
fn last_drawn(line: &str) -> &str {
    let line = line.trim_end_matches(['\r', '\n']);
    line.rsplit('\r').next().unwrap_or_default()
}

/// Takes what belongs to an escape sequence, its first character taken already.
fn escape_sequence(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut sequence = String::new();
    let Some(kind) = rest.next() else { return sequence };
    sequence.push(kind);
    match kind {
        '[' => {
            for character in rest.by_ref() {
                sequence.push(character);
                if ('@'..='~').contains(&character) {
                    break;
                }
            }
        }
        // Titles and links: up to a bell, or to an escape and a backslash.
        ']' | 'P' | '_' | '^' => {
            while let Some(character) = rest.next() {
                if character == '\u{7}' {
                    break;
                }
                if character == '\u{1b}' {
                    rest.next_if_eq(&'\\');
                    break;
                }
            }
        }
        _ => {}
    }
    sequence
}

fn is_colour(sequence: &str) -> bool {
    let parameters = sequence.strip_prefix('[').and_then(|rest| rest.strip_suffix('m'));
    parameters.is_some_and(|digits| {
        digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b';' || byte == b':')
    })
}
