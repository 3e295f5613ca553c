import FoundationEssentials

/// JSON for the outside: on one line, with sorted keys, so that each attempt sends the same bytes.
enum PayloadJSON {
    static func text(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text, whole numbers and times: there is none of it that JSON could not say.
        guard let bytes = try? encoder.encode(value) else { return "{}" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
