import FoundationEssentials

/// What each of several stores calls the same thing: an ETag, or the id of an upload. In one text where one is expected.
package struct StoreTags: Sendable, Equatable {
    /// By the stores' names; nil where a store has no word for it.
    package let tags: [String: String?]

    package init(_ tags: [String: String?]) { self.tags = tags }

    /// - Returns: nil for a text that is not of several stores.
    package init?(_ text: String) {
        guard let tags = try? JSONDecoder().decode([String: String?].self, from: Data(text.utf8)) else { return nil }
        self.tags = tags
    }

    package var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(tags)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// What one store calls it, of a text that may be its own or that of several.
    package static func tag(of store: String, in text: String?) -> String? {
        guard let text, let tags = StoreTags(text) else { return text }
        return tags.tags[store] ?? nil
    }
}
