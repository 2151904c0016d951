use std::fs;

use acx_client::endpoint::WaveFormat;

use super::*;

fn parse(bytes: &[u8]) -> Result<Wav, WavError> {
    Wav::parse(bytes, Path::new("in.wav"))
}

/// What `hound` writes: a plain format for 16 bits and up to two channels, else an extensible one.
fn sample(channels: u16, bits: u16, float: bool, frames: u32) -> Vec<u8> {
    let sample_format = if float { hound::SampleFormat::Float } else { hound::SampleFormat::Int };
    let spec =
        hound::WavSpec { channels, sample_rate: 48_000, bits_per_sample: bits, sample_format };
    let mut file = io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
    for index in 0..frames * u32::from(channels) {
        if float {
            writer.write_sample(index as f32 / 7.0).unwrap();
        } else {
            let shifted = (index.wrapping_mul(2_654_435_761) as i32) >> (32 - u32::from(bits));
            writer.write_sample(shifted).unwrap();
        }
    }
    writer.finalize().unwrap();
    file.into_inner()
}

#[test]
fn every_kind_of_sample_comes_back_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    for (bits, float) in [(8, false), (16, false), (24, false), (32, false), (32, true)] {
        for channels in 1..=8 {
            let bytes = sample(channels, bits, float, 101);
            let wav = parse(&bytes).unwrap();
            assert_eq!((wav.frames(), wav.missing), (101, 0));
            let path = folder.path().join("out.wav");
            write(&Output::create(&path, None).unwrap(), &wav.format, &wav.audio).unwrap();
            let written = fs::read(&path).unwrap();
            assert_eq!(parse(&written).unwrap().format, wav.format);
            let (a, b) = (io::Cursor::new(bytes), io::Cursor::new(written));
            let (a, b) = (hound::WavReader::new(a).unwrap(), hound::WavReader::new(b).unwrap());
            assert_eq!(a.spec(), b.spec());
            if float {
                let bits = |reader: hound::WavReader<io::Cursor<Vec<u8>>>| -> Vec<u32> {
                    reader.into_samples::<f32>().map(|sample| sample.unwrap().to_bits()).collect()
                };
                assert_eq!(bits(a), bits(b));
            } else {
                let values = |reader: hound::WavReader<io::Cursor<Vec<u8>>>| -> Vec<i32> {
                    reader.into_samples().map(Result::unwrap).collect()
                };
                assert_eq!(values(a), values(b));
            }
        }
    }
}

#[test]
fn a_packed_sample_is_carried_in_the_high_bytes() {
    let wav = parse(&sample(1, 24, false, 2)).unwrap();
    assert_eq!((wav.format.carried.bits, wav.format.carried.valid_bits), (32, 24));
    assert_eq!(wav.audio[4..], [0, 0x79, 0x37, 0x9E]);
}

#[test]
fn eight_bits_are_the_high_byte_of_sixteen() {
    let bytes = sample(1, 8, false, 2);
    let wav = parse(&bytes).unwrap();
    assert_eq!(wav.format.carried.bits, 16);
    let low: Vec<u8> = wav.audio.iter().copied().step_by(2).collect();
    let high: Vec<u8> = wav.audio.iter().copied().skip(1).step_by(2).collect();
    assert_eq!((low, high), (vec![0, 0], vec![0, 0x9E]));
}

#[test]
fn twenty_four_bits_in_32_are_written_packed() {
    let wav = parse(&sample(2, 24, false, 5)).unwrap();
    let mut file = Vec::new();
    write_to(&mut file, &WavFormat::of(wav.format.carried), &wav.audio).unwrap();
    let again = parse(&file).unwrap();
    assert_eq!((again.format.frame_bytes(), &again.audio), (6, &wav.audio));
    assert_eq!(again.format.carried.valid_bits, 24);
}

/// What an endpoint carries in three bytes is written so, and comes back in four.
#[test]
fn packed_audio_of_many_channels_is_written_as_it_is() {
    let carried = WaveFormat {
        float: false,
        channels: 12,
        mask: 0x2_D63F,
        rate: 384_000,
        bits: 24,
        valid_bits: 24,
    };
    let audio: Vec<u8> = (0..36 * 5).collect();
    let mut file = Vec::new();
    write_to(&mut file, &WavFormat::of(carried), &audio).unwrap();
    let again = parse(&file).unwrap();
    assert_eq!(again.format.frame_bytes(), 36);
    assert_eq!(again.format.carried, WaveFormat { bits: 32, ..carried });
    let packed: Vec<u8> = again.audio.chunks(4).flat_map(|own| own[1..].to_vec()).collect();
    assert_eq!(packed, audio);
}

#[test]
fn the_mask_of_an_extensible_file_is_kept() {
    let format =
        WaveFormat { mask: 0x30, ..parse(&sample(2, 16, false, 1)).unwrap().format.carried };
    let mut file = Vec::new();
    write_to(&mut file, &WavFormat::of(format), &[1, 2, 3, 4]).unwrap();
    assert_eq!(parse(&file).unwrap().format.carried.mask, 0x30);
}

#[test]
fn truncated_data_is_played_as_far_as_it_goes() {
    let mut bytes = sample(2, 16, false, 100);
    bytes.truncate(bytes.len() - 42);
    let wav = parse(&bytes).unwrap();
    assert_eq!((wav.frames(), wav.missing), (89, 44));
}

#[test]
fn wrong_files_are_named_for_what_they_are() {
    assert!(matches!(parse(b""), Err(WavError::Empty(_))));
    assert!(matches!(parse(b"#!/bin/sh\n"), Err(WavError::NotWav { .. })));
    assert!(matches!(parse(b"RIFF\x04\0\0\0WAVE"), Err(WavError::NotWav { .. })));
    assert!(matches!(parse(&sample(2, 16, false, 0)), Err(WavError::NoFrames(_))));
    let mut a_law = sample(1, 16, false, 4);
    a_law[20] = 6;
    let a_law = parse(&a_law).unwrap_err().to_string();
    assert_eq!(
        a_law,
        "in.wav: A-law (WAV coding 0x0006) is not supported: convert it with \
         `ffmpeg -i in.wav -c:a pcm_s24le converted.wav`"
    );
    let gone = Wav::read(Path::new("no/such.wav")).unwrap_err().to_string();
    assert!(gone.starts_with("no/such.wav: cannot be read"), "{gone}");
}

#[test]
fn any_prefix_and_any_changed_byte_is_parsed_without_a_panic() {
    let bytes = sample(3, 24, false, 9);
    for length in 0..bytes.len() {
        let _ = parse(&bytes[..length]);
    }
    for at in 0..80 {
        for value in [0, 1, 0x7F, 0xFF] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            let _ = parse(&damaged);
        }
    }
}

/// A file with these chunks. Each gets the length of its body, but for the audio.
fn file(kind: [u8; 4], riff: u32, chunks: &[(&[u8; 4], u32, &[u8])]) -> Vec<u8> {
    let mut bytes = kind.to_vec();
    bytes.extend(riff.to_le_bytes());
    bytes.extend(b"WAVE");
    for (id, length, body) in chunks {
        bytes.extend(*id);
        bytes.extend(length.to_le_bytes());
        bytes.extend(*body);
    }
    bytes
}

/// A format chunk of 16 bytes.
fn format(tag: u16, channels: u16, block: u16, bits: u16) -> Vec<u8> {
    let mut chunk = Vec::new();
    for half in [tag, channels] {
        chunk.extend(half.to_le_bytes());
    }
    chunk.extend(48_000_u32.to_le_bytes());
    chunk.extend((48_000 * u32::from(block)).to_le_bytes());
    for half in [block, bits] {
        chunk.extend(half.to_le_bytes());
    }
    chunk
}

/// Audio of `data` in a format, lengths as they should be.
fn plain(format: &[u8], data: &[u8]) -> Vec<u8> {
    let riff = 4 + 8 + format.len() + 8 + data.len();
    let chunks: [(&[u8; 4], u32, &[u8]); 2] =
        [(b"fmt ", format.len() as u32, format), (b"data", data.len() as u32, data)];
    file(*b"RIFF", riff as u32, &chunks)
}

/// Audio that is not silent, and of which no two samples are equal.
fn noise(bytes: usize) -> Vec<u8> {
    crate::noise::bytes(21, bytes)
}

#[test]
fn the_block_align_says_how_many_bytes_a_sample_takes() {
    // Bits, bytes of a sample; bits and valid bits of the carried one.
    for (bits, bytes, carried) in [
        (8, 1, (16, 16)),
        (12, 2, (16, 16)),
        (16, 2, (16, 16)),
        (20, 3, (32, 24)),
        (24, 3, (32, 24)),
        (16, 4, (32, 24)),
        (20, 4, (32, 24)),
        (24, 4, (32, 24)),
        (32, 4, (32, 32)),
    ] {
        let data = noise(usize::from(2 * bytes) * 10);
        let original = plain(&format(1, 2, 2 * bytes, bits), &data);
        let wav = parse(&original).unwrap();
        let came = (wav.format.carried.bits, wav.format.carried.valid_bits);
        assert_eq!((came, wav.frames()), (carried, 10), "{bits} bits in {bytes} bytes");
        // Written, they fill their bytes: that is how other programs read them.
        let mut written = Vec::new();
        write_to(&mut written, &wav.format, &wav.audio).unwrap();
        let filled = plain(&format(1, 2, 2 * bytes, 8 * bytes), &data);
        assert_eq!(written, filled, "{bits} bits in {bytes} bytes");
        let extended = |bits, valid| {
            let mut chunk = format(0xFFFE, 2, 2 * bytes, bits);
            chunk.extend([22, 0, valid as u8, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0]);
            chunk.extend([0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
            chunk
        };
        let wav = parse(&plain(&extended(8 * bytes, bits), &data)).unwrap();
        let came = (wav.format.carried.bits, wav.format.carried.valid_bits);
        assert_eq!(came, carried, "{bits} valid bits in {bytes} bytes");
        let written = wav.format.written();
        assert_eq!(written, extended(8 * bytes, 8 * bytes), "{bits} valid bits in {bytes} bytes");
    }
    // 24 bits stand in the high bytes of 4: the same sound as packed.
    let wide: Vec<u8> = [[0, 1, 2, 3], [0, 4, 5, 6]].concat();
    let packed = [1, 2, 3, 4, 5, 6];
    let wide = parse(&plain(&format(1, 2, 8, 24), &wide)).unwrap();
    assert_eq!(wide.audio, parse(&plain(&format(1, 2, 6, 24), &packed)).unwrap().audio);

    for (block, bits) in [(0, 16), (3, 16), (2, 16), (4, 24), (4, 0)] {
        let refused = parse(&plain(&format(1, 2, block, bits), &[0; 64])).unwrap_err().to_string();
        let words = format!("2 channels of {bits} bits do not take {block} bytes a frame");
        assert!(refused.contains(&words), "{refused}");
    }
}

#[test]
fn a_file_whose_length_was_not_known_is_read_to_its_end() {
    let (format, data) = (format(1, 2, 4, 16), noise(400));
    for (riff, length) in [
        (u32::MAX, u32::MAX),
        (u32::MAX, u32::MAX - 44),
        (0x7FFF_F024, 0x7FFF_F000),
        (0x8000_0024, 0x8000_0000),
        (0x7FFF_FFFF, 0x7FFF_FFFF),
        (0, 0),
        (36, 0),
        (u32::MAX, 0),
        // A program that put only the first right.
        (436, 0),
    ] {
        let bytes = file(*b"RIFF", riff, &[(b"fmt ", 16, &format), (b"data", length, &data)]);
        let reader = Reader::new(&bytes[..], Input::Stdin).unwrap();
        assert_eq!(reader.frames(), None, "{riff:#x} {length:#x}");
        let wav = parse(&bytes).unwrap();
        assert!(wav.audio == data && wav.missing == 0, "{riff:#x} {length:#x}");
    }
    // No audio, and something behind it that is none.
    let list: [(&[u8; 4], u32, &[u8]); 3] =
        [(b"fmt ", 16, &format), (b"data", 0, &[]), (b"LIST", 4, b"INFO")];
    assert!(matches!(parse(&file(*b"RIFF", 48, &list)), Err(WavError::NoFrames(_))));
    // A length that is only too large is a file that was cut.
    let bytes = file(*b"RIFF", 836, &[(b"fmt ", 16, &format), (b"data", 800, &data)]);
    assert_eq!(parse(&bytes).unwrap().missing, 400);
}

#[test]
fn long_files_say_their_length_in_64_bits() {
    let (format, data) = (format(1, 2, 4, 16), noise(400));
    let read = |kind: [u8; 4], ds64: u64, length: u32| {
        let mut long = vec![0; 28];
        long[8..16].copy_from_slice(&ds64.to_le_bytes());
        let chunks: [(&[u8; 4], u32, &[u8]); 3] =
            [(b"ds64", 28, &long), (b"fmt ", 16, &format), (b"data", length, &data)];
        let wav = parse(&file(kind, u32::MAX, &chunks)).unwrap();
        assert!(wav.audio == data, "{kind:?} {ds64} {length}");
        wav.missing
    };
    assert_eq!(read(*b"RF64", 400, u32::MAX), 0);
    assert_eq!(read(*b"BW64", 400, u32::MAX), 0);
    assert_eq!(read(*b"RF64", 0, u32::MAX), 0);
    assert_eq!(read(*b"RF64", 1 << 40, u32::MAX), (1 << 40) - 400);
    // A length that 32 bits hold counts.
    assert_eq!(read(*b"RF64", 1 << 40, 400), 0);
}

#[test]
fn a_file_of_any_length_is_written_as_it_comes() {
    let carried = parse(&sample(2, 24, false, 1)).unwrap().format.carried;
    let mut audio = noise(8 * 101);
    // 24 bits have nothing in the low byte.
    audio.iter_mut().step_by(4).for_each(|low| *low = 0);
    let mut file = io::Cursor::new(Vec::new());
    let mut writer = Writer::of_any_length(&mut file, WavFormat::of(carried)).unwrap();
    for piece in audio.chunks(8 * 10) {
        writer.write(piece).unwrap();
    }
    writer.finish().unwrap();
    let bytes = file.into_inner();
    let reader = Reader::new(&bytes[..], Input::Stdin).unwrap();
    assert_eq!(reader.frames(), Some(101));
    assert_eq!(hound::WavReader::new(&bytes[..]).unwrap().duration(), 101);

    // To a pipe: the header says that it does not know.
    let mut pipe = Vec::new();
    let mut writer = Writer::new(&mut pipe, WavFormat::of(carried), None).unwrap();
    writer.write(&audio).unwrap();
    writer.end().unwrap();
    let wav = parse(&pipe).unwrap();
    assert!(wav.audio == audio && wav.missing == 0);

    // A header that is shorter than what it has to say is no file.
    let mut file = io::Cursor::new(Vec::new());
    let mut writer = Writer::new(&mut file, WavFormat::of(carried), Some(1)).unwrap();
    writer.write(&audio).unwrap();
    writer.finish().unwrap();
    assert_eq!(parse(file.get_ref()).unwrap().frames(), 101);
}

/// A sink that keeps the first 100 bytes, and counts.
struct Counting(Vec<u8>, u64);
impl io::Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let at = (self.1 as usize).min(100);
        let kept = bytes.len().min(100 - at);
        self.0[at..at + kept].copy_from_slice(&bytes[..kept]);
        self.1 += bytes.len() as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
impl io::Seek for Counting {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        if let io::SeekFrom::Start(at) = to {
            self.1 = at;
        }
        Ok(self.1)
    }
}

/// Five gigabytes that take no memory and no disk: a sink that counts, and a source of zeros.
#[test]
fn beyond_four_gigabytes_the_header_is_that_of_rf64() {
    let carried = parse(&sample(2, 16, false, 1)).unwrap().format.carried;
    let frames = (5 << 30) / 4;
    let mut header = Vec::new();
    drop(Writer::new(&mut header, WavFormat::of(carried), Some(frames)).unwrap());
    assert!(header.starts_with(b"RF64"));
    let mut reader = Reader::new(Read::chain(&header[..], io::repeat(1)), Input::Stdin).unwrap();
    assert_eq!(reader.frames(), Some(frames));
    let mut room = vec![0; 1 << 20];
    for _ in 0..100 {
        assert_eq!(reader.read_frames(&mut room).unwrap(), room.len());
    }

    // The room that a file of any length leaves is taken by the same header.
    let mut to = Counting(vec![0; 100], 0);
    let mut writer = Writer::of_any_length(&mut to, WavFormat::of(carried)).unwrap();
    let piece = vec![0; 1 << 26];
    for _ in 0..80 {
        writer.write(&piece).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(&to.0[..80], &[&header[..36 + 44]].concat()[..80]);
}

#[test]
fn bytes_behind_the_last_whole_frame_are_left_out() {
    let format = format(1, 2, 6, 24);
    let reader_of = |length: u32, bytes: usize| {
        let data = noise(bytes);
        let chunks: [(&[u8; 4], u32, &[u8]); 2] =
            [(b"fmt ", 16, &format), (b"data", length, &data)];
        let bytes = file(*b"RIFF", 1000, &chunks);
        let mut reader = Reader::new(&bytes[..], Input::Stdin).unwrap();
        let mut room = vec![0; 8 * 1000];
        let came = reader.read_frames(&mut room).unwrap() / 8;
        (came, reader.missing(), reader.left_out())
    };
    assert_eq!(reader_of(605, 605), (100, 0, 5));
    assert_eq!(reader_of(u32::MAX, 605), (100, 0, 5));
    assert_eq!(reader_of(605, 302), (50, 300, 5));
}

#[test]
fn of_two_formats_the_first_counts() {
    let (stereo, mono, data) = (format(1, 2, 4, 16), format(1, 1, 2, 16), noise(40));
    let chunks: [(&[u8; 4], u32, &[u8]); 3] =
        [(b"fmt ", 16, &stereo), (b"fmt ", 16, &mono), (b"data", 40, &data)];
    let wav = parse(&file(*b"RIFF", 100, &chunks)).unwrap();
    assert_eq!((wav.format.carried.channels, wav.frames()), (2, 10));
}

#[test]
fn odd_chunks_are_read_with_their_padding_and_without() {
    let (format, data) = (format(1, 2, 4, 16), noise(40));
    for body in [&b"odd"[..], b"odd\0", b"oddX"] {
        for id in [b"LIST", b"abcd"] {
            let chunks: [(&[u8; 4], u32, &[u8]); 3] =
                [(id, 3, body), (b"fmt ", 16, &format), (b"data", 40, &data)];
            assert!(parse(&file(*b"RIFF", 100, &chunks)).unwrap().audio == data, "{body:?}");
        }
    }
}

#[test]
fn sixty_four_bit_float_is_carried_where_thirty_two_bits_hold_it() {
    let samples: Vec<f64> = (0..20).map(|index| f64::from(index as f32 / 7.0 - 1.0)).collect();
    let bytes =
        |samples: &[f64]| samples.iter().flat_map(|own| own.to_le_bytes()).collect::<Vec<_>>();
    let original = plain(&format(3, 2, 16, 64), &bytes(&samples));
    let wav = parse(&original).unwrap();
    assert!(wav.format.carried.float && wav.format.carried.bits == 32 && wav.frames() == 10);
    let mut written = Vec::new();
    write_to(&mut written, &wav.format, &wav.audio).unwrap();
    assert_eq!(written, original);

    let mut fine = samples;
    fine[7] = 0.1;
    let refused = plain(&format(3, 2, 16, 64), &bytes(&fine));
    let mut reader = Reader::new(&refused[..], Input::at(Path::new("my in.wav"))).unwrap();
    let mut room = vec![0; 24];
    assert_eq!(reader.read_frames(&mut room).unwrap(), 24);
    assert_eq!(
        reader.read_frames(&mut room).unwrap_err().to_string(),
        "my in.wav: sample 7 needs 64-bit float, and endpoints carry 32 bits: convert it with \
         `ffmpeg -i 'my in.wav' -c:a pcm_f32le converted.wav`"
    );
}

#[test]
fn other_containers_are_named_with_the_command_that_converts_them() {
    for (front, what) in [
        (&b"riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB"[..], "W64"),
        (b"FORM\0\0\0\x24AIFFCOMM", "AIFF"),
        (b"FORM\0\0\0\x24AIFCFVER", "AIFF-C"),
        (b"fLaC\0\0\0\x22", "FLAC"),
        (b"ID3\x04\0\0\0\0\0\0", "MP3"),
        (b"\xFF\xFB\x90\x64\0\0", "MP3"),
        (b"OggS\0\x02\0\0", "Ogg"),
        (b".snd\0\0\0\x18", "Sun AU"),
        (b"\xFF\xF1\x4C\x80\0\0", "AAC"),
        (b"\x30\x26\xB2\x75\x8E\x66", "Windows Media"),
        (b"wvpkJ\xDE", "WavPack"),
        (b"Creative Voice File\x1A", "Creative VOC"),
    ] {
        let refused = parse(front).unwrap_err().to_string();
        assert!(
            refused.contains(what) && refused.contains("`ffmpeg -i in.wav "),
            "{what}: {refused}"
        );
    }
    // ffmpeg does not read every RIFX.
    let refused = parse(b"RIFX\0\0\0\x24WAVEfmt ").unwrap_err().to_string();
    assert!(refused.contains("RIFX") && refused.contains("`sox -t wav in.wav "), "{refused}");
}
