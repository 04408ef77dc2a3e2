use super::FRAME_BYTES;

/// First byte of a call in x86 code.
const CALL: u8 = 0xe8;
/// So many bytes at the end of a frame hold no call that was translated.
const FRAME_END: usize = 10;
/// So many frames hold translated calls: 1 GiB.
const FRAMES_MAX: usize = 1 << 15;

/// Makes the targets of calls relative again, which were made absolute because that repeats more often.
///
/// Any byte 0xe8 is taken for a call. `size` stands at the stream's start (MS-PATCH 2.1 and the reference there).
pub(super) fn undo(content: &mut [u8], size: i32) {
    for (index, frame) in content.chunks_mut(FRAME_BYTES).take(FRAMES_MAX).enumerate() {
        undo_frame(frame, index * FRAME_BYTES, size);
    }
}

fn undo_frame(frame: &mut [u8], frame_at: usize, size: i32) {
    let last = frame.len().saturating_sub(FRAME_END);
    let mut at = 0;
    while let Some(next) = frame.get(at..last).and_then(|rest| rest.iter().position(|byte| *byte == CALL)) {
        at += next;
        // At most 1 GiB, see FRAMES_MAX.
        let position = (frame_at + at) as i32;
        let Some(target) = frame.get_mut(at + 1..).and_then(|rest| rest.first_chunk_mut::<4>()) else { return };
        let absolute = i32::from_le_bytes(*target);
        if absolute >= -position && absolute < size {
            let relative = if absolute >= 0 { absolute - position } else { absolute + size };
            *target = relative.to_le_bytes();
        }
        at += 5;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undone(at: usize, absolute: i32, size: i32) -> i32 {
        let mut frame = vec![0; at + 5 + FRAME_END];
        frame[at] = CALL;
        frame[at + 1..at + 5].copy_from_slice(&absolute.to_le_bytes());
        undo(&mut frame, size);
        i32::from_le_bytes(*frame[at + 1..].first_chunk().unwrap())
    }

    #[test]
    fn targets_within_the_size_become_relative() {
        assert_eq!(undone(100, 150, 1_000), 50);
        // Zero is a target like any other.
        assert_eq!(undone(100, 0, 1_000), -100);
        assert_eq!(undone(100, -100, 1_000), 900);
        assert_eq!(undone(100, -101, 1_000), -101);
        assert_eq!(undone(100, 999, 1_000), 899);
        assert_eq!(undone(100, 1_000, 1_000), 1_000);
        assert_eq!(undone(100, -1, -1), -1);
    }

    #[test]
    fn the_end_of_a_frame_is_left_as_it_is() {
        let mut frame = vec![CALL; 30];
        undo(&mut frame[..FRAME_END], 1_000_000);
        assert_eq!(frame, vec![CALL; 30]);
        let mut long = vec![0; FRAME_BYTES + 20];
        for (at, is_changed) in [(FRAME_BYTES - 10, false), (FRAME_BYTES - 11, true), (FRAME_BYTES, true)] {
            long.fill(0);
            long[at] = CALL;
            long[at + 1] = 7;
            let before = long.clone();
            undo(&mut long, 1_000_000);
            assert_eq!(long != before, is_changed, "{at}");
        }
    }
}
