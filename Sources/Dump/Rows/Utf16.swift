import Pipeline

/// Text of a UTF-16 database as UTF-8.
enum Utf16 {
    /// Turns stored UTF-16 into UTF-8 that SQLite turns back into the same bytes. ASCII is taken four characters at a time.
    /// - Returns: Whether that is so: not for lone surrogates, an odd byte, or U+FFFE and U+FFFF, which SQLite replaces.
    static func transcode(_ text: UnsafeRawBufferPointer, isBigEndian: Bool, into block: ByteBlock) -> Bool {
        guard text.count % 2 == 0 else { return false }
        block.removeAll()
        guard let start = text.baseAddress else { return true }
        block.reserve(text.count / 2 * 3)
        let target = block.start
        var next = target
        var index = 0
        while index < text.count {
            if index &+ 8 <= text.count, let ascii = ascii(start + index, isBigEndian: isBigEndian) {
                next.storeBytes(of: ascii.littleEndian, as: UInt32.self)
                next += 4
                index &+= 8
                continue
            }
            var scalar = unit(start + index, isBigEndian: isBigEndian)
            index &+= 2
            switch scalar {
            case 0xD800...0xDBFF:
                guard index < text.count else { return false }
                let low = unit(start + index, isBigEndian: isBigEndian)
                guard (0xDC00...0xDFFF).contains(low) else { return false }
                scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
                index &+= 2
            case 0xDC00...0xDFFF, 0xFFFE, 0xFFFF:
                return false
            default: break
            }
            next += put(scalar, to: next)
        }
        block.advance(next - target)
        return true
    }

    @inline(__always)
    private static func unit(_ start: UnsafeRawPointer, isBigEndian: Bool) -> UInt32 {
        let unit = start.loadUnaligned(as: UInt16.self)
        return UInt32(isBigEndian ? UInt16(bigEndian: unit) : UInt16(littleEndian: unit))
    }

    /// Four characters of ASCII; nil where one of them is none.
    @inline(__always)
    private static func ascii(_ start: UnsafeRawPointer, isBigEndian: Bool) -> UInt32? {
        var word = UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
        if isBigEndian { word = word &<< 8 & 0xFF00_FF00_FF00_FF00 | word &>> 8 & 0x00FF_00FF_00FF_00FF }
        guard word & 0xFF80_FF80_FF80_FF80 == 0 else { return nil }
        let pairs = (word | word &>> 8) & 0x0000_FFFF_0000_FFFF
        return UInt32(truncatingIfNeeded: pairs | pairs &>> 16)
    }

    /// - Returns: How many bytes the character takes.
    @inline(__always)
    private static func put(_ scalar: UInt32, to target: UnsafeMutableRawPointer) -> Int {
        func store(_ byte: UInt32, _ place: Int) {
            target.storeBytes(of: UInt8(truncatingIfNeeded: byte), toByteOffset: place, as: UInt8.self)
        }
        func tail(_ shift: UInt32) -> UInt32 { 0x80 | scalar &>> shift & 0x3F }
        switch scalar {
        case ..<0x80:
            store(scalar, 0)
            return 1
        case ..<0x800:
            store(0xC0 | scalar &>> 6, 0)
            store(tail(0), 1)
            return 2
        case ..<0x10000:
            store(0xE0 | scalar &>> 12, 0)
            store(tail(6), 1)
            store(tail(0), 2)
            return 3
        default:
            store(0xF0 | scalar &>> 18, 0)
            store(tail(12), 1)
            store(tail(6), 2)
            store(tail(0), 3)
            return 4
        }
    }
}
