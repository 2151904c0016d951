//! The mapped memory of this process, as the system reports it, for drivers that probe memory
//! first. Linux only.

/// Returns whether every page of `length` bytes at `address` is readable, and writable if `writes`.
pub(crate) fn is_mapped(address: usize, length: usize, writes: bool) -> bool {
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else { return false };
    covers(&maps, address..address.saturating_add(length), writes)
}

/// Each line begins with a range and its protection, `5581a0000000-5581a0021000 rw-p`; lines are in
/// order.
fn covers(maps: &str, wanted: std::ops::Range<usize>, writes: bool) -> bool {
    let number = |text: &str| usize::from_str_radix(text, 16).ok();
    let mut from = wanted.start;
    for line in maps.lines() {
        let mut words = line.split(['-', ' ']);
        let ends = (words.next().and_then(number), words.next().and_then(number));
        let (Some(start), Some(end)) = ends else { return false };
        if from >= wanted.end {
            break;
        }
        let protection = words.next().unwrap_or("");
        let allows = protection.starts_with(if writes { "rw" } else { "r" });
        if (start..end).contains(&from) && allows {
            from = end;
        }
    }
    from >= wanted.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mapped_is_told_from_what_is_not() {
        let maps =
            "1000-3000 r--p 0 00:00 0\n3000-4000 rw-p 0 00:00 0 [heap]\n5000-6000 ---p 0 0 0\n";
        for (range, reads, writes) in [
            (0x1000..0x1008, true, false),
            (0x2FFC..0x3004, true, false),
            (0x3000..0x4000, true, true),
            (0x3FFC..0x4004, false, false),
            (0x5000..0x5008, false, false),
            (0x0..0x8, false, false),
            (0x1000..0x1000, true, true),
        ] {
            assert_eq!(covers(maps, range.clone(), false), reads, "{range:x?}");
            assert_eq!(covers(maps, range.clone(), true), writes, "{range:x?}");
        }
        let here = 5_u64;
        assert!(is_mapped(&raw const here as usize, 8, true) && !is_mapped(16, 8, false));
    }
}
