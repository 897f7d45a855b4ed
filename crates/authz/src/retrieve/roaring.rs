//! Sets of numbers as roaring bitmaps in their portable format, which every implementation reads: numbers in containers of
//! 65,536, each a sorted list where it is short and bits where it is long. Runs are not used; readers do not need them.

/// The format without runs.
const COOKIE: u32 = 12_346;
/// Longer lists are bits.
const LONGEST: usize = 4_096;
const BITS: usize = 8_192;

/// The bytes of a set; the numbers in ascending order, each once.
pub(crate) fn portable(numbers: &[u32]) -> Vec<u8> {
    let containers: Vec<&[u32]> = numbers.chunk_by(|a, b| a >> 16 == b >> 16).collect();
    let mut out = Vec::with_capacity(8 + containers.len() * 8 + numbers.len() * 2);
    out.extend_from_slice(&COOKIE.to_le_bytes());
    out.extend_from_slice(&small(containers.len()).to_le_bytes());
    for container in &containers {
        let key = container.first().map_or(0, |number| number >> 16);
        out.extend_from_slice(&(key as u16).to_le_bytes());
        out.extend_from_slice(&(container.len().saturating_sub(1) as u16).to_le_bytes());
    }
    let mut offset = out.len() + containers.len() * 4;
    for container in &containers {
        out.extend_from_slice(&small(offset).to_le_bytes());
        offset += if container.len() > LONGEST { BITS } else { container.len() * 2 };
    }
    containers.iter().for_each(|container| put(&mut out, container));
    out
}

fn put(out: &mut Vec<u8>, container: &[u32]) {
    if container.len() <= LONGEST {
        container.iter().for_each(|number| out.extend_from_slice(&(*number as u16).to_le_bytes()));
        return;
    }
    let mut bits = vec![0u8; BITS];
    for number in container {
        let low = *number as u16;
        if let Some(byte) = bits.get_mut(usize::from(low >> 3)) {
            *byte |= 1 << (low & 7);
        }
    }
    out.extend_from_slice(&bits);
}

/// There are 65,536 containers at most, and their bytes stay far below four gibibytes.
fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader by the format's own words.
    fn read(bytes: &[u8]) -> Vec<u32> {
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let half = |at: usize| u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap());
        assert_eq!(word(0), COOKIE);
        let count = word(4) as usize;
        let mut numbers = Vec::new();
        for n in 0..count {
            let (key, length) = (u32::from(half(8 + n * 4)) << 16, usize::from(half(10 + n * 4)) + 1);
            let at = word(8 + count * 4 + n * 4) as usize;
            if length <= LONGEST {
                numbers.extend((0..length).map(|i| key | u32::from(half(at + i * 2))));
            } else {
                let set = |low: &u32| bytes[at + (*low >> 3) as usize] >> (low & 7) & 1 == 1;
                numbers.extend((0..65_536).filter(set).map(|low| key | low));
            }
        }
        numbers
    }

    #[test]
    fn sets_of_every_shape_read_back() {
        let shapes: [Vec<u32>; 6] = [
            Vec::new(),
            vec![0],
            vec![0, 65_535, 65_536, u32::MAX],
            (0..4_096).collect(),
            (0..4_097).map(|n| n * 3).collect(),
            (60_000..200_000).collect(),
        ];
        for shape in shapes {
            assert_eq!(read(&portable(&shape)), shape);
        }
    }

    #[test]
    fn the_bytes_are_those_of_the_format() {
        // One container, key 0, three numbers, at byte 16.
        let expected = [58, 48, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 16, 0, 0, 0, 1, 0, 2, 0, 44, 1];
        assert_eq!(portable(&[1, 2, 300]), expected);
    }
}
