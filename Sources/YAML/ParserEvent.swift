internal import CYAML

/// What libyaml found next, in Swift's words.
struct ParserEvent {
    enum Kind: Equatable {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias
        case scalar(String, quoted: Bool)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
        case unknown
    }

    let kind: Kind
    let mark: YAMLMark
    /// In Unicode scalars from the document's beginning.
    let range: Range<Int>
    let isAnchored: Bool
    let isTagged: Bool
}

extension ParserEvent {
    /// Copies what is needed; libyaml's event may be freed afterwards.
    init(_ event: yaml_event_t) {
        var kind = Kind.unknown
        var isAnchored = false
        var isTagged = false
        switch event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let isQuoted = scalar.style != YAML_PLAIN_SCALAR_STYLE
            kind = .scalar(Self.text(scalar.value, count: Int(scalar.length)), quoted: isQuoted)
            isAnchored = scalar.anchor != nil
            isTagged = scalar.tag != nil
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            isAnchored = event.data.sequence_start.anchor != nil
            isTagged = event.data.sequence_start.tag != nil
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            isAnchored = event.data.mapping_start.anchor != nil
            isTagged = event.data.mapping_start.tag != nil
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        default: kind = .unknown
        }
        let begin = Int(event.start_mark.index)
        self.init(
            kind: kind, mark: YAMLMark(event.start_mark), range: begin..<max(begin, Int(event.end_mark.index)),
            isAnchored: isAnchored, isTagged: isTagged)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?, count: Int) -> String {
        guard let pointer else { return "" }
        return String(decoding: UnsafeBufferPointer(start: UnsafePointer(pointer), count: count), as: UTF8.self)
    }
}

extension YAMLMark {
    /// libyaml counts from 0.
    init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
