//! An instruction's encoding as the manual draws it: `0001100 mmm nnn ddd`. Digits are fixed, a letter names a field;
//! the bits of a field need not stand together, as in `01000110 d mmmm ddd`. Spaces are for the eye.

/// A drawn encoding, of 16 or 32 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Whether it has 32 bits.
    pub wide: bool,
    fixed: u32,
    /// In the order of their first bits: the letter, and the positions of the bits, the most significant first.
    fields: Vec<(char, Vec<u8>)>,
}

impl Pattern {
    /// Reads a drawing; `None` if it has neither 16 nor 32 bits.
    #[must_use]
    pub fn parse(drawing: &str) -> Option<Self> {
        let bits: Vec<char> = drawing.chars().filter(|bit| *bit != ' ').collect();
        let wide = match bits.len() {
            16 => false,
            32 => true,
            _ => return None,
        };
        let mut pattern = Self { wide, fixed: 0, fields: Vec::new() };
        for (index, bit) in bits.iter().enumerate() {
            let position = (bits.len() - 1 - index) as u8;
            match bit {
                '0' => {}
                '1' => pattern.fixed |= 1 << position,
                letter => match pattern.fields.iter_mut().find(|(known, _)| known == letter) {
                    Some((_, positions)) => positions.push(position),
                    None => pattern.fields.push((*letter, vec![position])),
                },
            }
        }
        Some(pattern)
    }

    /// The fields: letter and width.
    pub fn fields(&self) -> impl Iterator<Item = (char, u32)> {
        self.fields.iter().map(|(letter, positions)| (*letter, positions.len() as u32))
    }

    /// The width of a field; 0 if there is none.
    #[must_use]
    pub fn width(&self, letter: char) -> u32 {
        self.fields().find(|(known, _)| *known == letter).map_or(0, |(_, width)| width)
    }

    /// The encoding with each field's value, which is cut to its width.
    pub fn encode(&self, mut value: impl FnMut(char) -> u32) -> u32 {
        let mut word = self.fixed;
        for (letter, positions) in &self.fields {
            let value = value(*letter);
            for (index, position) in positions.iter().rev().enumerate() {
                word |= (value >> index & 1) << position;
            }
        }
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_be_in_pieces() {
        // MOV (register) T1 (DDI 0403E A7.7.77): `mov sp, r1` is 468d.
        let pattern = Pattern::parse("01000110 d mmmm ddd").unwrap();
        assert_eq!(pattern.encode(|letter| if letter == 'd' { 13 } else { 1 }), 0x468D);
        assert_eq!((pattern.wide, pattern.width('d'), pattern.width('m'), pattern.width('x')), (false, 4, 4, 0));
    }

    #[test]
    fn nothing_but_16_and_32_bits() {
        assert_eq!(Pattern::parse("0101 0101 0101 010"), None);
        assert!(Pattern::parse("11110i100100iiii 0iii dddd iiiiiiii").is_some_and(|pattern| pattern.width('i') == 16));
    }
}
