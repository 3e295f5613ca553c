import Model
import YAML

/// A file of the configuration as it may be kept elsewhere: without comments, and with the name of a credential in place of
/// each secret.
package struct ConfigurationSource: Sendable, Equatable, Codable {
    /// Absolute.
    package let path: String
    package let text: String

    package init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}

/// A secret that stands in a file itself, in place of a reference to it.
struct InlineSecret {
    let file: String
    let mark: YAMLMark
    /// Of the setting.
    let key: String
    let value: Secret
}

extension ReadingContext {
    /// All files that were read, without their secrets; none where those of one of them cannot be told from the rest.
    var sources: [ConfigurationSource] {
        let names = credentialNames
        let kept = files.compactMap { file in
            let secrets = zip(inlineSecrets, names).filter { $0.0.file == file.path }
            return Self.redacted(file.bytes, secrets.map { ($0.0, $0.1) })
                .map { ConfigurationSource(path: file.path, text: $0) }
        }
        return kept.count == files.count ? kept : []
    }

    /// A name for each secret, over all files: `token-8` for the one in line 8, `app2-token-8` where that is another one's.
    private var credentialNames: [String] {
        var owners: [String: String] = [:]
        return inlineSecrets.map { secret in
            let short = "\(secret.key)-\(secret.mark.line)"
            let file = secret.file.split(separator: "/").last.map { String($0) } ?? ""
            let stem = String((file.hasSuffix(".yaml") ? file.dropLast(5) : file[...]).filter { Self.isPlain($0) })
            var number = 1
            for name in [short, "\(stem)-\(short)", "\(stem)-\(short)-\(secret.mark.column)"] {
                if owners[name] == nil || owners[name] == secret.value.value {
                    owners[name] = secret.value.value
                    return name
                }
            }
            while owners["\(stem)-\(short)_\(number)"] != nil { number += 1 }
            owners["\(stem)-\(short)_\(number)"] = secret.value.value
            return "\(stem)-\(short)_\(number)"
        }
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "_" || character == "-")
    }

    private static func redacted(_ bytes: [UInt8], _ secrets: [(secret: InlineSecret, name: String)]) -> String? {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var scalars = Array(text.unicodeScalars)
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        let ranges = YAMLDocument.scalarRanges(bytes)
        var replacements: [(range: Range<Int>, text: String)] = []
        for (secret, name) in secrets {
            guard let range = ranges[secret.mark], range.upperBound <= scalars.count else { return nil }
            // What ends with its line, as a block of text does, still has to.
            let end = scalars[range].last == "\n" ? "\n" : ""
            replacements.append((range, "{credential: \(name)}\(end)"))
        }
        // A comment may hold a secret that was in use once; nobody can tell.
        replacements += comments(in: scalars, besides: Array(ranges.values)).map { ($0, "") }
        for replacement in replacements.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            scalars.replaceSubrange(replacement.range, with: Array(replacement.text.unicodeScalars))
        }
        let kept = String(String.UnicodeScalarView(scalars))
        return isSame(kept, bytes) ? kept : nil
    }

    /// Whether what is kept says what it was made of, but for the secrets.
    private static func isSame(_ kept: String, _ bytes: [UInt8]) -> Bool {
        func isSame(_ node: YAMLNode, _ other: YAMLNode) -> Bool {
            switch (node.kind, other.kind) {
            case (.scalar(let text, _), .scalar(let otherText, _)): text == otherText
            case (.sequence(let items), .sequence(let others)): items.elementsEqual(others, by: isSame)
            case (.mapping(let pairs), .mapping(let others)):
                pairs.elementsEqual(others) { isSame($0.key, $1.key) && isSame($0.value, $1.value) }
            case (.scalar, .mapping(let others)): others.count == 1 && others[0].key.text == "credential"
            default: false
            }
        }
        guard let before = try? YAMLDocument.parse(bytes), let after = try? YAMLDocument.parse(kept) else {
            return (try? YAMLDocument.parse(bytes)) == .some(nil) && (try? YAMLDocument.parse(kept)) == .some(nil)
        }
        return isSame(before, after)
    }

    /// As YAML 1.1 has them.
    private static let lineEnds: [Unicode.Scalar] = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]

    /// From the blanks before each `#` that begins one to the end of its line.
    private static func comments(in scalars: [Unicode.Scalar], besides values: [Range<Int>]) -> [Range<Int>] {
        let values = values.sorted { $0.lowerBound < $1.lowerBound }
        var comments: [Range<Int>] = []
        var value = 0
        var index = 0
        while index < scalars.count {
            while value < values.count, values[value].upperBound <= index { value += 1 }
            if value < values.count, values[value].contains(index) {
                index = values[value].upperBound
                continue
            }
            // Outside of values nothing else begins with it.
            guard scalars[index] == "#" else {
                index += 1
                continue
            }
            var begin = index
            while begin > 0, scalars[begin - 1] == " " || scalars[begin - 1] == "\t" { begin -= 1 }
            while index < scalars.count, !lineEnds.contains(scalars[index]) { index += 1 }
            comments.append(begin..<index)
        }
        return comments
    }
}
