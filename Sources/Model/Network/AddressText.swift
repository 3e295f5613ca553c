/// How addresses are written.
enum AddressText {
    /// 4 or 16 bytes, IPv4-mapped ones as they stand; nil for what is no address.
    static func parse(_ text: String) -> [UInt8]? {
        text.utf8.contains(UInt8(ascii: ":")) ? parseIPv6(text) : parseIPv4(text[...])
    }

    /// The only form that every reader understands alike: four decimal numbers from 0 to 255, no leading zeros.
    private static func parseIPv4(_ text: Substring) -> [UInt8]? {
        let fields = text.split(separator: ".", omittingEmptySubsequences: false)
        guard fields.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for field in fields {
            let isPlain = field.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard isPlain, field == "0" || !field.hasPrefix("0"), let byte = UInt8(field) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// RFC 4291, 2.2: groups of one to four hexadecimal digits, `::` once, and IPv4's form for the last two groups.
    private static func parseIPv6(_ text: String) -> [UInt8]? {
        let fields = text.split(separator: ":", omittingEmptySubsequences: false)
        var head: [UInt8] = []
        // What follows `::`; nil before it.
        var tail: [UInt8]?
        var index = 0
        // A colon at either end belongs to a `::`.
        if fields.first?.isEmpty == true {
            guard fields.count >= 3, fields[1].isEmpty else { return nil }
            index = 1
        }
        while index < fields.count {
            let field = fields[index]
            let isLast = index == fields.count - 1
            index += 1
            if field.isEmpty {
                if isLast {
                    // `1::` has an empty field of its own for the gap just before this one.
                    guard tail?.isEmpty == true, index >= 2, fields[index - 2].isEmpty else { return nil }
                } else {
                    guard tail == nil else { return nil }
                    tail = []
                }
                continue
            }
            guard let bytes = isLast && field.utf8.contains(UInt8(ascii: ".")) ? parseIPv4(field) : group(field) else {
                return nil
            }
            if tail == nil { head += bytes } else { tail?.append(contentsOf: bytes) }
        }
        guard let tail else { return head.count == 16 ? head : nil }
        let gap = 16 - head.count - tail.count
        // `::` stands for one group at least.
        guard gap >= 2 else { return nil }
        return head + [UInt8](repeating: 0, count: gap) + tail
    }

    private static func group(_ field: Substring) -> [UInt8]? {
        guard (1...4).contains(field.utf8.count), field.allSatisfy({ $0.isASCII && $0.isHexDigit }),
            let value = UInt16(field, radix: 16)
        else { return nil }
        return [UInt8(value >> 8), UInt8(value & 0xff)]
    }

    /// - Parameter bytes: 4 or 16.
    static func format(_ bytes: [UInt8]) -> String {
        guard bytes.count == 16 else { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        let words = groups.map { String($0, radix: 16) }
        guard let gap = longestGap(groups) else { return words.joined(separator: ":") }
        return words[..<gap.lowerBound].joined(separator: ":") + "::" + words[gap.upperBound...].joined(separator: ":")
    }

    /// The first of the longest runs of two or more zeros (RFC 5952, 4.2).
    private static func longestGap(_ groups: [UInt16]) -> Range<Int>? {
        var longest = 0..<0
        var start = 0
        for (index, group) in groups.enumerated() {
            if group != 0 {
                start = index + 1
            } else if index + 1 - start > longest.count {
                longest = start..<(index + 1)
            }
        }
        return longest.count >= 2 ? longest : nil
    }
}
