//! The bytes of a memory at one moment, as plain data.
//!
//! An image is cut into chunks of 4 KiB, and images share the chunks that are alike: of two that were taken one after the
//! other only what has changed in between is there twice, and memory that nothing has ever been written to is not there
//! at all.

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of a chunk.
pub const CHUNK: usize = 4096;

const ZEROS: [u8; CHUNK] = [0; CHUNK];

/// Some bytes that never change, and their hash once somebody has asked for it.
#[derive(Debug)]
struct Chunk {
    bytes: [u8; CHUNK],
    hash: OnceLock<[u8; 32]>,
}

/// A memory's content.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Image {
    /// `None` is zeros, and no chunk that is there is all zeros: so two images are alike if their chunks are.
    chunks: Arc<Vec<Option<Arc<Chunk>>>>,
}

impl Image {
    /// Zeros; what is left behind the last whole chunk is not kept.
    #[must_use]
    pub fn zeroed(size: usize) -> Self {
        Self { chunks: Arc::new(vec![None; size / CHUNK]) }
    }

    /// How many chunks there are.
    #[must_use]
    pub fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// The bytes of a chunk; `None` if they are zeros, or beyond the end.
    #[must_use]
    pub fn chunk(&self, index: usize) -> Option<&[u8; CHUNK]> {
        Some(&self.chunks.get(index)?.as_ref()?.bytes)
    }

    /// Whether a chunk of this image holds these bytes.
    #[must_use]
    pub fn holds(&self, index: usize, bytes: &[u8; CHUNK]) -> bool {
        self.chunk(index).unwrap_or(&ZEROS) == bytes
    }

    /// Whether both images have the very same chunk at an index: they were never different there.
    #[must_use]
    pub fn shares(&self, index: usize, other: &Self) -> bool {
        match (self.chunks.get(index), other.chunks.get(index)) {
            (Some(Some(ours)), Some(Some(theirs))) => Arc::ptr_eq(ours, theirs),
            (Some(None), Some(None)) => true,
            _ => false,
        }
    }

    /// Puts other bytes in a chunk's place. What its neighbour in front holds too is shared with it: erased flash memory
    /// is one chunk.
    pub fn put(&mut self, index: usize, bytes: &[u8; CHUNK]) {
        let neighbour = index.checked_sub(1).filter(|before| self.holds(*before, bytes));
        let chunk = match neighbour {
            Some(before) => self.chunks.get(before).cloned().flatten(),
            None if *bytes == ZEROS => None,
            None => Some(Arc::new(Chunk { bytes: *bytes, hash: OnceLock::new() })),
        };
        if let Some(place) = Arc::make_mut(&mut self.chunks).get_mut(index) {
            *place = chunk;
        }
    }

    /// Takes over a chunk of another image.
    pub fn share(&mut self, index: usize, other: &Self) {
        let chunk = other.chunks.get(index).cloned().flatten();
        if let Some(place) = Arc::make_mut(&mut self.chunks).get_mut(index) {
            *place = chunk;
        }
    }

    /// How many chunks the host's memory would lose if this image went and `other` stayed.
    #[must_use]
    pub fn own_chunks(&self, other: &Self) -> usize {
        if Arc::ptr_eq(&self.chunks, &other.chunks) {
            return 0;
        }
        (0..self.chunks()).filter(|index| self.chunk(*index).is_some() && !self.shares(*index, other)).count()
    }

    /// Adds the content to a hash. What was hashed once is not read again.
    pub fn feed(&self, hasher: &mut Sha256) {
        hasher.update((self.chunks() as u64).to_le_bytes());
        for (index, chunk) in self.chunks.iter().enumerate() {
            if let Some(chunk) = chunk {
                hasher.update((index as u64).to_le_bytes());
                hasher.update(chunk.hash.get_or_init(|| Sha256::digest(chunk.bytes).into()));
            }
        }
    }
}

impl PartialEq for Image {
    fn eq(&self, other: &Self) -> bool {
        let alike = |index: usize| self.shares(index, other) || self.chunk(index) == other.chunk(index);
        self.chunks() == other.chunks() && (0..self.chunks()).all(alike)
    }
}

/// An image as it is saved: runs of chunks that are alike, zeros left out.
#[derive(Serialize, Deserialize)]
struct Stored {
    chunks: usize,
    runs: Vec<Run>,
}

#[derive(Serialize, Deserialize)]
struct Run {
    first: usize,
    count: usize,
    /// Base64.
    bytes: String,
}

/// More chunks than 32-bit addresses have bytes for.
const MOST_CHUNKS: usize = 1 << 20;

impl From<Image> for Stored {
    fn from(image: Image) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        let mut last: Option<&Arc<Chunk>> = None;
        for (index, chunk) in image.chunks.iter().enumerate() {
            match (chunk, last, runs.last_mut()) {
                (Some(chunk), Some(before), Some(run)) if Arc::ptr_eq(chunk, before) => run.count += 1,
                (Some(chunk), ..) => {
                    runs.push(Run { first: index, count: 1, bytes: STANDARD.encode(chunk.bytes) });
                }
                (None, ..) => {}
            }
            last = chunk.as_ref();
        }
        Self { chunks: image.chunks.len(), runs }
    }
}

impl TryFrom<Stored> for Image {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        if stored.chunks > MOST_CHUNKS {
            return Err(format!("a memory of {} chunks", stored.chunks));
        }
        let mut image = Self::zeroed(stored.chunks * CHUNK);
        for Run { first, count, bytes } in stored.runs {
            let bytes = STANDARD.decode(bytes).map_err(|error| error.to_string())?;
            let bytes = <&[u8; CHUNK]>::try_from(&bytes[..]).map_err(|_| "a chunk of another size".to_owned())?;
            let end = first.checked_add(count).filter(|end| *end <= stored.chunks).ok_or("a chunk beyond the end")?;
            (first..end).for_each(|index| image.put(index, bytes));
        }
        Ok(image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn digest(image: &Image) -> Vec<u8> {
        let mut hasher = Sha256::new();
        image.feed(&mut hasher);
        hasher.finalize().to_vec()
    }

    #[test]
    fn zeros_are_not_kept_and_equal_neighbours_are_one() {
        let mut image = Image::zeroed(4 * CHUNK);
        image.put(0, &[0xFF; CHUNK]);
        image.put(1, &[0xFF; CHUNK]);
        image.put(2, &ZEROS);
        assert!((image.chunk(2), image.chunk(3)) == (None, None));
        assert!(Arc::ptr_eq(image.chunks[0].as_ref().unwrap(), image.chunks[1].as_ref().unwrap()));
        let json = serde_json::to_value(&image).unwrap();
        assert_eq!(json["runs"].as_array().unwrap().len(), 1, "and saved once");
        assert_eq!(json["runs"][0]["count"], 2);
    }

    #[test]
    fn an_image_that_was_changed_leaves_the_other_one_alone() {
        let mut first = Image::zeroed(3 * CHUNK);
        first.put(1, &[7; CHUNK]);
        let mut second = first.clone();
        second.put(2, &[8; CHUNK]);
        assert!(first.chunk(2).is_none() && second.holds(2, &[8; CHUNK]));
        assert!(first.shares(1, &second) && !first.shares(2, &second));
        assert_eq!((second.own_chunks(&first), first.own_chunks(&second)), (1, 0));
    }

    #[test]
    fn damaged_images_are_refused() {
        for (text, why) in [
            (r#"{"chunks":1,"runs":[{"first":0,"count":1,"bytes":"AAAA"}]}"#, "another size"),
            (r#"{"chunks":1,"runs":[{"first":0,"count":1,"bytes":"*"}]}"#, "symbol"),
            (r#"{"chunks":18446744073709551615,"runs":[]}"#, "a memory of"),
        ] {
            let error = serde_json::from_str::<Image>(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let beyond = format!(r#"{{"chunks":1,"runs":[{{"first":1,"count":1,"bytes":"{}"}}]}}"#, STANDARD.encode(ZEROS));
        assert!(serde_json::from_str::<Image>(&beyond).unwrap_err().to_string().contains("beyond the end"));
    }

    proptest! {
        /// Equality, hash and what is saved depend on the content alone, not on how it came about.
        #[test]
        fn content_is_all_that_counts(writes in proptest::collection::vec((0_usize..6, 0_u8..3), 0..40)) {
            let mut walked = Image::zeroed(6 * CHUNK);
            let mut content = [0; 6];
            for &(index, value) in &writes {
                walked.put(index, &[value; CHUNK]);
                content[index] = value;
            }
            let mut straight = Image::zeroed(6 * CHUNK);
            for (index, value) in content.into_iter().enumerate().rev() {
                straight.put(index, &[value; CHUNK]);
            }
            prop_assert!(walked == straight);
            prop_assert_eq!(digest(&walked), digest(&straight));
            let saved: Image = serde_json::from_str(&serde_json::to_string(&walked).unwrap()).unwrap();
            prop_assert!(saved == walked);
            content[3] ^= 1;
            straight.put(3, &[content[3]; CHUNK]);
            prop_assert!(walked != straight);
            prop_assert_ne!(digest(&walked), digest(&straight));
        }
    }
}
