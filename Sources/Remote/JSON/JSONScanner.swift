/// Reads a JSON text (RFC 8259) once, from its beginning to its end, and copies nothing: what it finds are ranges.
///
/// Whoever reads asks for what has to come next; each function throws `JSONError` where something else does.
///
/// ```swift
/// try json.openObject()
/// while let key = try json.nextKey() {
///     if json.text(key, is: "rows") { … } else { try json.skip() }
/// }
/// try json.finish()
/// ```
struct JSONScanner {
    enum Kind: Sendable, Equatable {
        case object, array, text, number, boolean, null
    }

    /// What stands between two quotes; `isPlain` where no backslash is in it.
    struct Text: Sendable, Equatable {
        let range: Range<Int>
        let isPlain: Bool
    }

    /// How many objects and arrays may be open at a time.
    static let deepest = 64

    let bytes: [UInt8]
    private(set) var position = 0
    private var depth = 0
    /// Whether the innermost object or array was opened just now.
    private var isAtFirst = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What the next value is; nothing of it is read.
    mutating func kind() throws(JSONError) -> Kind {
        skipBlanks()
        guard position < bytes.count else { throw expected("a value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .text
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw expected("a value")
        }
    }

    // MARK: - Objects and arrays

    mutating func openObject() throws(JSONError) {
        try open(UInt8(ascii: "{"), "an object")
    }

    /// The next member's key, behind its colon; nil at the object's end, which is read then.
    mutating func nextKey() throws(JSONError) -> Text? {
        guard try hasNext(UInt8(ascii: "}"), "a comma or the object's end") else { return nil }
        let key = try text()
        try take(UInt8(ascii: ":"), "a colon")
        return key
    }

    mutating func openArray() throws(JSONError) {
        try open(UInt8(ascii: "["), "an array")
    }

    /// Whether another element follows; at the array's end, which is read then, it does not.
    mutating func nextElement() throws(JSONError) -> Bool {
        try hasNext(UInt8(ascii: "]"), "a comma or the array's end")
    }

    private mutating func open(_ bracket: UInt8, _ what: String) throws(JSONError) {
        try take(bracket, what)
        guard depth < Self.deepest else { throw expected("at most \(Self.deepest) levels") }
        depth += 1
        isAtFirst = true
    }

    private mutating func hasNext(_ end: UInt8, _ what: String) throws(JSONError) -> Bool {
        skipBlanks()
        guard position < bytes.count else { throw expected(what) }
        if bytes[position] == end {
            position += 1
            depth -= 1
            isAtFirst = false
            return false
        }
        if isAtFirst {
            isAtFirst = false
        } else {
            try take(UInt8(ascii: ","), what)
        }
        return true
    }

    // MARK: - Values

    mutating func null() throws(JSONError) {
        try take(word: "null")
    }

    mutating func boolean() throws(JSONError) -> Bool {
        guard try kind() == .boolean else { throw expected("true or false") }
        let isTrue = bytes[position] == UInt8(ascii: "t")
        try take(word: isTrue ? "true" : "false")
        return isTrue
    }

    mutating func number() throws(JSONError) -> Range<Int> {
        skipBlanks()
        let start = position
        if isNext(UInt8(ascii: "-")) { position += 1 }
        if isNext(UInt8(ascii: "0")) {
            position += 1
        } else {
            try takeDigits()
        }
        if isNext(UInt8(ascii: ".")) {
            position += 1
            try takeDigits()
        }
        if isNext(UInt8(ascii: "e")) || isNext(UInt8(ascii: "E")) {
            position += 1
            if isNext(UInt8(ascii: "+")) || isNext(UInt8(ascii: "-")) { position += 1 }
            try takeDigits()
        }
        return start..<position
    }

    mutating func text() throws(JSONError) -> Text {
        try take(UInt8(ascii: "\""), "a string")
        let start = position
        var isPlain = true
        var isASCII = true
        while true {
            let run = plainRun(from: position)
            position = run.end
            isASCII = isASCII && run.isASCII
            guard position < bytes.count, bytes[position] >= 32 else { throw expected("the end of a string") }
            if bytes[position] == UInt8(ascii: "\"") { break }
            isPlain = false
            try takeEscape()
        }
        let range = start..<position
        position += 1
        if !isASCII && String(validating: bytes[range], as: UTF8.self) == nil {
            throw JSONError(position: start, expected: "UTF-8")
        }
        return Text(range: range, isPlain: isPlain)
    }

    /// A string, with its escapes read.
    mutating func string() throws(JSONError) -> String {
        let found = try text()
        return string(found)
    }

    /// Reads a value, whatever it is, and forgets it.
    mutating func skip() throws(JSONError) {
        switch try kind() {
        case .object:
            try openObject()
            while try nextKey() != nil { try skip() }
        case .array:
            try openArray()
            while try nextElement() { try skip() }
        case .text: _ = try text()
        case .number: _ = try number()
        case .boolean: _ = try boolean()
        case .null: try null()
        }
    }

    /// Nothing but blanks may follow.
    mutating func finish() throws(JSONError) {
        skipBlanks()
        guard position == bytes.count else { throw expected("the end") }
    }

    func expected(_ what: String) -> JSONError {
        JSONError(position: position, expected: what)
    }

    /// Whether a string says just this.
    func text(_ text: Text, is word: String) -> Bool {
        text.isPlain ? bytes[text.range].elementsEqual(word.utf8) : string(text) == word
    }

    /// What such a range says, with its escapes read.
    func string(_ text: Text) -> String {
        let raw = bytes[text.range]
        return String(decoding: text.isPlain ? Array(raw) : JSONText.unescaped(raw), as: UTF8.self)
    }

    // MARK: - Bytes

    private mutating func skipBlanks() {
        while position < bytes.count {
            switch bytes[position] {
            case 9, 10, 13, 32: position += 1
            default: return
            }
        }
    }

    private func isNext(_ byte: UInt8) -> Bool {
        position < bytes.count && bytes[position] == byte
    }

    private mutating func take(_ byte: UInt8, _ what: String) throws(JSONError) {
        skipBlanks()
        guard isNext(byte) else { throw expected(what) }
        position += 1
    }

    private mutating func take(word: String) throws(JSONError) {
        skipBlanks()
        for byte in word.utf8 {
            guard isNext(byte) else { throw expected(word) }
            position += 1
        }
    }

    /// One digit at least.
    private mutating func takeDigits() throws(JSONError) {
        let start = position
        while position < bytes.count, bytes[position] >= UInt8(ascii: "0"), bytes[position] <= UInt8(ascii: "9") {
            position += 1
        }
        guard position > start else { throw expected("a digit") }
    }

    private mutating func takeEscape() throws(JSONError) {
        position += 1
        guard position < bytes.count else { throw expected("an escape") }
        switch bytes[position] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 1
        case UInt8(ascii: "u"):
            guard JSONText.codeUnit(bytes[...], at: position + 1) != nil else {
                throw expected("four hexadecimal digits")
            }
            position += 5
        default: throw expected("an escape")
        }
    }

    /// Where the next quote, backslash or control character is, or the end of all; and whether all before it is ASCII.
    private func plainRun(from start: Int) -> (end: Int, isASCII: Bool) {
        bytes.withUnsafeBytes { bytes -> (end: Int, isASCII: Bool) in
            var index = start
            var seen: UInt64 = 0
            // Eight at a time; which of them ends the run is seen below.
            while index + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if Self.mayEndRun(word) { break }
                seen |= word
                index += 8
            }
            while index < bytes.count {
                let byte = bytes[index]
                if byte < 32 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
                seen |= UInt64(byte)
                index += 1
            }
            return (index, seen & 0x8080_8080_8080_8080 == 0)
        }
    }

    /// Whether a quote, a backslash or a control character is among eight bytes.
    ///
    /// https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord: subtracting sets the highest bit of a byte that
    /// was less.
    private static func mayEndRun(_ word: UInt64) -> Bool {
        let one: UInt64 = 0x0101_0101_0101_0101
        let highest: UInt64 = 0x8080_8080_8080_8080
        let quotes: UInt64 = word ^ 0x2222_2222_2222_2222
        let backslashes: UInt64 = word ^ 0x5C5C_5C5C_5C5C_5C5C
        let controls: UInt64 = (word &- 0x2020_2020_2020_2020) & ~word
        let ends: UInt64 = ((quotes &- one) & ~quotes) | ((backslashes &- one) & ~backslashes)
        return (controls | ends) & highest != 0
    }
}

/// A text is no JSON, or not of the form that was to be expected.
struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// In bytes from the beginning.
    let position: Int
    let expected: String

    var description: String { "byte \(position): \(expected) was expected" }
}
