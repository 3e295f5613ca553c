/// Which names are meant: by a shell pattern (`*`, `?`, `[a-z]`), or as all but some. Regardless of ASCII case, as SQLite
/// compares names.
package struct Glob: Sendable, Equatable {
    package let pattern: String
    /// Folded names, the only ones that it does not match; nil where the pattern decides.
    package let exceptions: Set<SQLText>?
    private let folded: [UInt8]

    package init(_ pattern: String) {
        self.pattern = pattern
        exceptions = nil
        folded = SQLText(pattern).folded.bytes
    }

    /// Matches all names but these, which are no patterns.
    package init(allBut names: [SQLText]) {
        pattern = "all but \(names.map { "\($0)" }.joined(separator: ", "))"
        exceptions = Set(names.map(\.folded))
        folded = []
    }

    package func matches(_ name: SQLText) -> Bool {
        if let exceptions { return !exceptions.contains(name.folded) }
        return Self.matches(folded[...], name.folded.bytes[...])
    }

    private static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        switch first {
        case UInt8(ascii: "*"):
            return matches(rest, name) || (!name.isEmpty && matches(pattern, name.dropFirst()))
        case UInt8(ascii: "?"):
            return !name.isEmpty && matches(rest, name.dropFirst())
        case UInt8(ascii: "["):
            guard let byte = name.first, let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "]")) else {
                return false
            }
            return contains(rest[rest.startIndex..<end], byte) && matches(pattern[(end + 1)...], name.dropFirst())
        default:
            return name.first == first && matches(rest, name.dropFirst())
        }
    }

    private static func contains(_ set: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
        var members = Array(set)
        let negated = members.first == UInt8(ascii: "^") || members.first == UInt8(ascii: "!")
        if negated { members.removeFirst() }
        var index = 0
        var found = false
        while index < members.count {
            if index + 2 < members.count, members[index + 1] == UInt8(ascii: "-") {
                found = found || (members[index]...max(members[index], members[index + 2])).contains(byte)
                index += 3
            } else {
                found = found || members[index] == byte
                index += 1
            }
        }
        return found != negated
    }
}
