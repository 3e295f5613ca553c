import FoundationEssentials
import Logging
import Model

/// One line of the log with its fields.
struct LogRecord: Sendable {
    let time: Timestamp
    let level: Logger.Level
    let message: String
    /// In the order of their names.
    let fields: [(name: String, value: String)]

    /// `2026-03-15T02:30:00Z warning: shop is overdue database=shop`.
    var line: String {
        var words = "\(time.text) \(level == .info ? "" : "\(level): ")\(PrintableText.oneLine(message))"
        for field in fields { words += " \(field.name)=\(Self.quoted(field.value))" }
        return words
    }

    var json: String {
        var object = ["time": time.text, "level": level.rawValue, "message": message]
        for field in fields where object[field.name] == nil { object[field.name] = field.value }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(object) else { return "{}" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// As syslog has it: <https://www.rfc-editor.org/rfc/rfc5424#section-6.2.1>.
    var priority: Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    private static func quoted(_ value: String) -> String {
        let value = PrintableText.oneLine(value)
        let needsQuotes = value.isEmpty || value.contains { $0 == " " || $0 == "\"" }
        return needsQuotes
            ? "\"\(value.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "'"))\"" : value
    }
}
