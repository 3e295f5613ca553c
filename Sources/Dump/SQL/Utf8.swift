import Pipeline

/// What stands in a text that a literal has to mind.
enum Utf8 {
    struct Scan {
        var hasNUL = false
        /// A CR right before a LF, which the sqlite3 shell would take for a line's end.
        var hasReturn = false
        var isValid = true
    }

    /// Looks at every byte once; plain ASCII eight at a time.
    @inline(__always)
    static func scan(_ text: UnsafeRawBufferPointer) -> Scan {
        var scan = Scan()
        var index = 0
        let count = text.count
        while index < count {
            if index + 8 <= count {
                let word = text.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if isPlain(word) {
                    index += 8
                    continue
                }
            }
            let byte = text[index]
            if byte < 0x80 {
                if byte == 0 { scan.hasNUL = true }
                if byte == 0x0D && index + 1 < count && text[index + 1] == 0x0A { scan.hasReturn = true }
                index += 1
            } else {
                let length = sequenceLength(text, index)
                guard length > 0 else {
                    scan.isValid = false
                    return scan
                }
                index += length
            }
        }
        return scan
    }

    /// Whether none of eight bytes is above 0x7F, a NUL or a CR.
    @inline(__always)
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        let returns = word ^ (ones &* 0x0D)
        return (word | (word &- ones) & ~word | (returns &- ones) & ~returns) & tops == 0
    }

    /// The length of the well-formed sequence at `index` (Unicode, table 3-7), or 0.
    private static func sequenceLength(_ text: UnsafeRawBufferPointer, _ index: Int) -> Int {
        let first = text[index]
        func follows(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
            index + offset < text.count && range.contains(text[index + offset])
        }
        switch first {
        case 0xC2...0xDF: return follows(1) ? 2 : 0
        case 0xE0: return follows(1, 0xA0...0xBF) && follows(2) ? 3 : 0
        case 0xED: return follows(1, 0x80...0x9F) && follows(2) ? 3 : 0
        case 0xE1...0xEF: return follows(1) && follows(2) ? 3 : 0
        case 0xF0: return follows(1, 0x90...0xBF) && follows(2) && follows(3) ? 4 : 0
        case 0xF1...0xF3: return follows(1) && follows(2) && follows(3) ? 4 : 0
        case 0xF4: return follows(1, 0x80...0x8F) && follows(2) && follows(3) ? 4 : 0
        default: return 0
        }
    }
}
