/// Rows of numbers, one behind the other: compressed sparse rows.
///
/// A million short lists are two allocations. A row that does not exist is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Csr {
    /// Where each row ends.
    ends: Vec<u32>,
    values: Vec<u32>,
}

impl Csr {
    /// An empty table with room for `rows`.
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { ends: Vec::with_capacity(rows), values: Vec::new() }
    }

    /// Adds a row behind the others.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = u32>) {
        self.values.extend(row);
        self.ends.push(count(self.values.len()));
    }

    /// The row at `index`.
    pub(crate) fn row(&self, index: u32) -> &[u32] {
        let index = index as usize;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        let end = self.ends.get(index).map_or(start, |end| *end as usize);
        self.values.get(start..end).unwrap_or_default()
    }

    /// The table of the rows at `indexes`, in that order.
    pub(crate) fn chosen(&self, indexes: &[u32]) -> Self {
        let mut chosen = Self::with_capacity(indexes.len());
        indexes.iter().for_each(|index| chosen.push(self.row(*index).iter().copied()));
        chosen
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> u32 {
        count(self.ends.len())
    }

    /// The table that has `from` in row `to` wherever this one has `to` in row `from`; `rows` rows, each ascending.
    pub(crate) fn inverted(&self, rows: u32) -> Self {
        let mut ends = vec![0_u32; rows as usize];
        for value in &self.values {
            if let Some(size) = ends.get_mut(*value as usize) {
                *size += 1;
            }
        }
        let mut total = 0;
        let mut next = Vec::with_capacity(ends.len());
        for end in &mut ends {
            next.push(total);
            total += *end;
            *end = total;
        }
        let mut values = vec![0; total as usize];
        for from in 0..self.rows() {
            for to in self.row(from) {
                if let Some(next) = next.get_mut(*to as usize) {
                    if let Some(slot) = values.get_mut(*next as usize) {
                        *slot = from;
                    }
                    *next += 1;
                }
            }
        }
        Self { ends, values }
    }
}

/// The value at `index`; there is one for every number this catalog gave, so that the default is never met.
pub(crate) fn at<T: Copy + Default>(values: &[T], index: u32) -> T {
    values.get(index as usize).copied().unwrap_or_default()
}

/// `length` as one of the catalog's numbers. Revisions have 31-bit ids, so that there is room.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_pushed() {
        let mut table = Csr::default();
        table.push([3, 1]);
        table.push([]);
        table.push([2]);
        assert_eq!((table.row(0), table.row(1), table.row(2)), (&[3, 1][..], &[][..], &[2][..]));
        assert_eq!(table.row(3), &[] as &[u32]);
        assert_eq!(table.rows(), 3);
    }

    #[test]
    fn an_inverted_table_names_who_names() {
        let mut table = Csr::default();
        table.push([1, 2]);
        table.push([]);
        table.push([1, 9]);
        let inverted = table.inverted(4);
        assert_eq!(inverted.rows(), 4);
        assert_eq!((inverted.row(0), inverted.row(1), inverted.row(2)), (&[][..], &[0, 2][..], &[0][..]));
    }
}
