/// Reads the one document of a YAML text into a tree.
///
/// A subset of YAML 1.1 as libyaml reads it: no aliases, anchors, tags, keys other than scalars, or second documents.
/// Each of them is refused with the place where it stands, since in a configuration they are nearly always a value that
/// somebody forgot to quote.
package enum YAMLDocument {
    /// How deeply lists and mappings may be nested.
    package static let maximumDepth = 64

    /// The document's root, `nil` when there is nothing but comments.
    package static func parse(_ bytes: [UInt8]) throws(YAMLError) -> YAMLNode? {
        try NodeBuilder(parser: EventParser(bytes)).document()
    }

    /// The document's root, `nil` when there is nothing but comments.
    package static func parse(_ text: String) throws(YAMLError) -> YAMLNode? {
        try parse(Array(text.utf8))
    }
}

/// Turns events into nodes.
private struct NodeBuilder {
    let parser: EventParser

    func document() throws(YAMLError) -> YAMLNode? {
        var event = try parser.next()
        if event.kind == .streamStart { event = try parser.next() }
        guard event.kind == .documentStart else { return nil }
        let root = try node(from: try parser.next(), depth: 1)
        event = try parser.next()
        if event.kind == .documentEnd { event = try parser.next() }
        guard event.kind == .streamEnd else {
            throw YAMLError(
                at: event.mark, "a second YAML document begins here, and only one is read",
                hint: "remove the `---` line, or move what follows into a file of its own")
        }
        return root
    }

    private func node(from event: ParserEvent, depth: Int) throws(YAMLError) -> YAMLNode {
        if event.isAnchored { throw YAMLError.anchor(at: event.mark) }
        if event.isTagged { throw YAMLError.tag(at: event.mark) }
        guard depth <= YAMLDocument.maximumDepth else {
            throw YAMLError(at: event.mark, "nested more than \(YAMLDocument.maximumDepth) levels deep")
        }
        switch event.kind {
        case .scalar(let text, let quoted):
            return YAMLNode(.scalar(text, quoted: quoted), at: event.mark)
        case .sequenceStart:
            return YAMLNode(.sequence(try items(depth: depth)), at: event.mark)
        case .mappingStart:
            return YAMLNode(.mapping(try pairs(depth: depth)), at: event.mark)
        case .alias:
            throw YAMLError.alias(at: event.mark)
        default:
            throw YAMLError(at: event.mark, "not valid YAML: a value was expected here")
        }
    }

    private func items(depth: Int) throws(YAMLError) -> [YAMLNode] {
        var items: [YAMLNode] = []
        var event = try parser.next()
        while event.kind != .sequenceEnd {
            items.append(try node(from: event, depth: depth + 1))
            event = try parser.next()
        }
        return items
    }

    private func pairs(depth: Int) throws(YAMLError) -> [YAMLNode.Pair] {
        var pairs: [YAMLNode.Pair] = []
        var event = try parser.next()
        while event.kind != .mappingEnd {
            let key = try node(from: event, depth: depth + 1)
            guard key.text != nil else {
                throw YAMLError(at: key.mark, "a key must be a word, not a list or a mapping")
            }
            let value = try node(from: try parser.next(), depth: depth + 1)
            pairs.append(YAMLNode.Pair(key: key, value: value))
            event = try parser.next()
        }
        return pairs
    }
}
