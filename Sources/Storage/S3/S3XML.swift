/// Reads the few XML answers that S3 gives. Tolerant: namespaces, attributes, comments and declarations are skipped.
package enum S3XML {
    /// An element with its text, entities decoded, and its children in order.
    package struct Element: Sendable, Equatable {
        /// Without a namespace's prefix.
        package let name: String
        package fileprivate(set) var text = ""
        package fileprivate(set) var children: [Element] = []

        init(name: String) {
            self.name = name
        }

        /// The first child of this name.
        package subscript(name: String) -> Element? {
            children.first { $0.name == name }
        }

        /// All children of this name.
        package func all(_ name: String) -> [Element] {
            children.filter { $0.name == name }
        }
    }

    /// The root element, or nil when `bytes` are not one whole document.
    package static func parse(_ bytes: [UInt8]) -> Element? {
        var scanner = Scanner(bytes: bytes)
        return scanner.document()
    }

    /// Text as it may stand between tags.
    package static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

private struct Scanner {
    /// Deeper documents than this are not S3's.
    private static let deepest = 32

    let bytes: [UInt8]
    private var position = 0
    private var open: [S3XML.Element] = []
    private var root: S3XML.Element?

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() -> S3XML.Element? {
        while position < bytes.count {
            guard scanNext() else { return nil }
        }
        return open.isEmpty ? root : nil
    }

    /// Takes one tag or one run of text; false when the document is broken.
    private mutating func scanNext() -> Bool {
        if bytes[position] != UInt8(ascii: "<") {
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
            add(text: Self.decode(bytes[position..<end]))
            position = end
            return true
        }
        if begins("<!--") { return skip(past: "-->") }
        if begins("<?") { return skip(past: "?>") }
        if begins("<![CDATA[") {
            let start = position + 9
            guard skip(past: "]]>"), position - 3 >= start else { return false }
            add(text: String(decoding: bytes[start..<position - 3], as: UTF8.self))
            return true
        }
        if begins("<!") { return skip(past: ">") }
        return scanTag()
    }

    private mutating func scanTag() -> Bool {
        var end = position + 1
        var quote: UInt8?
        while end < bytes.count {
            let byte = bytes[end]
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                break
            }
            end += 1
        }
        guard end < bytes.count else { return false }
        var tag = bytes[position + 1..<end]
        position = end + 1
        if tag.first == UInt8(ascii: "/") { return close(Self.name(of: tag.dropFirst())) }
        let isEmpty = tag.last == UInt8(ascii: "/")
        if isEmpty { tag = tag.dropLast() }
        let name = Self.name(of: tag)
        guard !name.isEmpty, open.count < Self.deepest, root == nil else { return false }
        open.append(S3XML.Element(name: name))
        return isEmpty ? close(name) : true
    }

    private mutating func close(_ name: String) -> Bool {
        guard let element = open.popLast(), element.name == name else { return false }
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].children.append(element)
        }
        return true
    }

    private mutating func add(text: String) {
        if !open.isEmpty { open[open.count - 1].text += text }
    }

    private func begins(_ mark: String) -> Bool {
        bytes[position...].starts(with: mark.utf8)
    }

    private mutating func skip(past mark: String) -> Bool {
        var next = position
        while next < bytes.count {
            if bytes[next...].starts(with: mark.utf8) {
                position = next + mark.utf8.count
                return true
            }
            next += 1
        }
        return false
    }

    private static func name(of tag: ArraySlice<UInt8>) -> String {
        let whole = tag.prefix { $0 > 32 }
        let local = whole.split(separator: UInt8(ascii: ":")).last ?? whole
        return String(decoding: local, as: UTF8.self)
    }

    private static func decode(_ text: ArraySlice<UInt8>) -> String {
        guard text.contains(UInt8(ascii: "&")) else { return String(decoding: text, as: UTF8.self) }
        var decoded: [UInt8] = []
        var rest = text
        while let byte = rest.first {
            if byte == UInt8(ascii: "&"), let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")),
                let character = entity(String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self))
            {
                decoded += Array(String(character).utf8)
                rest = rest[(end + 1)...]
            } else {
                decoded.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func entity(_ name: String) -> Unicode.Scalar? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let isHexadecimal = digits.hasPrefix("x") || digits.hasPrefix("X")
        let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
        return number.flatMap { Unicode.Scalar($0) }
    }
}
