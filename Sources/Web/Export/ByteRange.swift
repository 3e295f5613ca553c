/// What a client asks for with `Range` (RFC 9110, 14.2).
enum ByteRange: Equatable {
    /// No range, one that cannot be read, or several: the whole is sent, as the RFC allows.
    case whole
    /// Never empty.
    case part(Range<Int64>)
    /// Nothing of it exists.
    case unsatisfiable

    /// - Parameters:
    ///   - header: the field's value; several fields joined by commas.
    ///   - size: bytes that there are.
    init(_ header: String?, size: Int64) {
        guard let header else {
            self = .whole
            return
        }
        let halves = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].lowercased() == "bytes", !halves[1].contains(",") else {
            self = .whole
            return
        }
        let bounds = Self.trim(halves[1]).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard bounds.count == 2 else {
            self = .whole
            return
        }
        switch (Self.number(bounds[0]), Self.number(bounds[1])) {
        case (let first?, let last?):
            self = first <= last ? Self.from(first, to: last, of: size) : .whole
        case (let first?, nil) where bounds[1].isEmpty:
            self = Self.from(first, to: .max, of: size)
        case (nil, let count?) where bounds[0].isEmpty:
            let start = max(0, size - min(count, size))
            self = start < size ? .part(start..<size) : .unsatisfiable
        default:
            self = .whole
        }
    }

    private static func from(_ first: Int64, to last: Int64, of size: Int64) -> ByteRange {
        first < size ? .part(first..<(min(last, size - 1) + 1)) : .unsatisfiable
    }

    /// Digits; a number that nobody can count to is the largest one.
    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text) ?? .max
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
