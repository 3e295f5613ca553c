internal import CYAML

/// Owns a libyaml parser and the bytes it reads; both are freed with it.
final class EventParser {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutablePointer<UInt8>
    private let isReady: Bool
    private let bytes: [UInt8]
    private let source: SourceText

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        source = SourceText(bytes)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        input = .allocate(capacity: max(bytes.count, 1))
        input.initialize(repeating: 0, count: max(bytes.count, 1))
        for (index, byte) in bytes.enumerated() { input[index] = byte }
        isReady = yaml_parser_initialize(parser) != 0
        if isReady { yaml_parser_set_input_string(parser, input, bytes.count) }
    }

    deinit {
        if isReady { yaml_parser_delete(parser) }
        parser.deallocate()
        input.deallocate()
    }

    /// The next event.
    func next() throws(YAMLError) -> ParserEvent {
        guard isReady else { throw YAMLError(at: .start, "there is no memory left to read YAML with") }
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) != 0 else { throw failure() }
        let found = ParserEvent(event)
        yaml_event_delete(&event)
        return found
    }

    /// libyaml's complaint, with what a person most likely meant.
    private func failure() -> YAMLError {
        var problem = "unknown problem"
        if let text = parser.pointee.problem { problem = String(cString: text) }
        var context = ""
        if let text = parser.pointee.context { context = String(cString: text) }
        let mark = YAMLMark(parser.pointee.problem_mark)
        let contextMark = YAMLMark(parser.pointee.context_mark)

        switch parser.pointee.error {
        case YAML_MEMORY_ERROR:
            return YAMLError(at: .start, "there is no memory left to read YAML with")
        case YAML_READER_ERROR:
            let place = SourceText.mark(ofByte: Int(parser.pointee.problem_offset), in: bytes)
            return YAMLError(at: place, "not a text file in UTF-8: \(problem)")
        default:
            break
        }
        if context == "while scanning an alias" {
            return .alias(at: contextMark)
        }
        if let start = source.startOfValue(aroundBrace: mark) {
            let before = YAMLMark(line: mark.line, column: mark.column - 1)
            return source.scalar(at: before) == "$" ? .interpolation(at: start) : .brace(at: start)
        }
        let place = context.isEmpty ? "" : " \(context) begun at line \(contextMark.line), column \(contextMark.column)"
        return YAMLError(at: mark, "not valid YAML: \(problem)\(place)", hint: advice(problem, at: mark))
    }

    private func advice(_ problem: String, at mark: YAMLMark) -> String? {
        if problem.hasPrefix("mapping values are not allowed") {
            return "check the indentation, or put a value that holds `: ` in quotes"
        }
        guard problem.hasPrefix("found character that cannot start any token") else { return nil }
        if source.scalar(at: mark) == "\t" { return "indent with spaces, not with tabs" }
        return "put this in quotes"
    }
}
