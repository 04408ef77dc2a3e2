//! The trees of pieces, each beside its file: `<root>/pieces/<first two hex digits>/<64 hex digits>`.
//!
//! A tree proves itself, so that it needs no care: one that was cut short by a crash is read as none, and made anew when its file
//! is read the next time.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

use model::Sha256;

use super::{Files, blocking, incoming, named, write_beside};
use crate::FileError;
use crate::pieces::PieceTree;
use crate::range::ByteRange;

impl Files {
    /// The tree of a held file's pieces; `None` if there is none, or none that can be read and is right.
    pub async fn piece_tree(&self, sha256: &Sha256) -> Option<PieceTree> {
        let (files, sha256) = (self.clone(), *sha256);
        blocking(move || files.read_tree(&sha256)).await
    }

    pub(super) fn trees_folder(&self) -> PathBuf {
        self.shared.root.join("pieces")
    }

    fn tree_path(&self, sha256: &Sha256) -> PathBuf {
        named(&self.trees_folder(), sha256)
    }

    pub(super) fn read_tree(&self, sha256: &Sha256) -> Option<PieceTree> {
        let file = super::open_file(&self.tree_path(sha256)).ok()??;
        let mut bytes = Vec::new();
        file.take(PieceTree::RECORD_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
        PieceTree::decode(&bytes).ok().filter(|tree| tree.file().sha256 == *sha256)
    }

    /// Keeps a tree. A file does not fail for want of it: it is made again when the file is read the next time.
    pub(super) fn keep_tree(&self, tree: Option<PieceTree>) {
        let Some(tree) = tree else { return };
        let path = self.tree_path(&tree.file().sha256);
        if let Err(error) = write_beside(&path, &tree.encode()) {
            tracing::warn!(error = &error as &dyn std::error::Error, "the digests of a file's pieces were not kept");
        }
    }

    pub(super) fn remove_tree(&self, sha256: &Sha256) -> Result<(), FileError> {
        incoming::remove(&self.tree_path(sha256))
    }

    /// Which parts of `file` are not those of the tree, neighbours joined; `None` if that cannot be told.
    pub(super) fn damage(&self, file: &File, sha256: &Sha256) -> Option<Vec<ByteRange>> {
        let tree = self.read_tree(sha256)?;
        let mut damaged: Vec<(u64, u64)> = Vec::new();
        let mut bytes = Vec::new();
        for piece in 0..tree.pieces().len() {
            let (start, length) = tree.place(piece)?;
            bytes.resize(usize::try_from(length).ok()?, 0);
            let is_whole = match file.read_exact_at(&mut bytes, start) {
                Ok(()) => tree.is_piece(piece, &bytes),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
                Err(_) => return None,
            };
            match damaged.last_mut() {
                _ if is_whole => {}
                Some((_, end)) if *end == start => *end += length,
                _ => damaged.push((start, start + length)),
            }
        }
        Some(damaged.into_iter().filter_map(|(start, end)| ByteRange::new(start, end.checked_sub(1)?)).collect())
    }
}
