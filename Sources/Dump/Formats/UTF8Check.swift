import Pipeline

/// Whether bytes are UTF-8, found by a machine that goes from state to state with a shift for every byte.
///
/// A row of the table holds six bits for every state: those of the state that the byte leads to. States are named by
/// where their six bits begin.
enum UTF8Check {
    private static let refused: UInt64 = 0
    /// Between two characters.
    private static let whole: UInt64 = 6
    /// By how many bytes of a character are missing, the next of which may be any continuation byte.
    private static let missing: [UInt64] = [whole, 12, 18, 24]
    /// The next byte has narrower bounds, against long forms, surrogates and what is above U+10FFFF.
    private static let behindE0: UInt64 = 30
    private static let behindED: UInt64 = 36
    private static let behindF0: UInt64 = 42
    private static let behindF4: UInt64 = 48

    // Never changed, never freed.
    nonisolated(unsafe) private static let rows: UnsafePointer<UInt64> = {
        let rows = UnsafeMutablePointer<UInt64>.allocate(capacity: 256)
        rows.initialize(repeating: 0, count: 256)
        func add(_ bytes: ClosedRange<Int>, in state: UInt64, goTo next: UInt64) {
            for byte in bytes { rows[byte] |= next << state }
        }
        // Unicode, table 3-7.
        add(0x00...0x7F, in: whole, goTo: whole)
        add(0xC2...0xDF, in: whole, goTo: missing[1])
        add(0xE0...0xE0, in: whole, goTo: behindE0)
        add(0xE1...0xEC, in: whole, goTo: missing[2])
        add(0xED...0xED, in: whole, goTo: behindED)
        add(0xEE...0xEF, in: whole, goTo: missing[2])
        add(0xF0...0xF0, in: whole, goTo: behindF0)
        add(0xF1...0xF3, in: whole, goTo: missing[3])
        add(0xF4...0xF4, in: whole, goTo: behindF4)
        for count in 1...3 { add(0x80...0xBF, in: missing[count], goTo: missing[count - 1]) }
        add(0xA0...0xBF, in: behindE0, goTo: missing[1])
        add(0x80...0x9F, in: behindED, goTo: missing[1])
        add(0x90...0xBF, in: behindF0, goTo: missing[2])
        add(0x80...0x8F, in: behindF4, goTo: missing[2])
        return UnsafePointer(rows)
    }()

    /// ASCII is passed eight bytes at a time.
    static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
        guard let start = text.baseAddress else { return true }
        let rows = Self.rows
        var state = whole
        var index = 0
        while index < text.count {
            let word = TextWord.load(start, at: index, of: text.count)
            index &+= 8
            if state == whole && ByteWord.nonASCII(word) == 0 { continue }
            var rest = word
            for _ in 0..<8 {
                // A shift takes the low six bits of its operand only; the others are of other states.
                state = rows[Int(rest & 0xFF)] &>> state
                rest &>>= 8
            }
            state &= 63
        }
        return state == whole
    }
}
