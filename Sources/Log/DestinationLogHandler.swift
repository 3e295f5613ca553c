import Glibc
import Logging
import Model

/// Sends what is logged through swift-log to a destination.
package struct DestinationLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info
    private let write: @Sendable (LogRecord) -> Void

    package init(_ destination: LogDestination) {
        switch destination {
        case .text: write = { Self.writeLine($0.line) }
        case .json: write = { Self.writeLine($0.json) }
        case .journal:
            let journal = JournalSocket()
            // A journal that does not answer must not silence anybody.
            write = { if !journal.send($0) { Self.writeLine("<\($0.priority)>\($0.message)") } }
        }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    // Older toolchains get an older swift-log, which knows no events.
    #if compiler(>=6.2)
        package func log(event: LogEvent) {
            record(event.level, event.message, event.metadata)
        }
    #else
        package func log(
            level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String,
            function: String, line: UInt
        ) {
            record(level, message, metadata)
        }
    #endif

    private func record(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata?) {
        let all = self.metadata.merging(metadata ?? [:]) { $1 }
        write(
            LogRecord(
                time: Timestamp(seconds: Int64(time(nil))), level: level, message: "\(message)",
                fields: all.map { ($0.key, "\($0.value)") }.sorted { $0.0 < $1.0 }))
    }

    private static func writeLine(_ line: String) {
        var text = line + "\n"
        // One call a line, so that lines of several threads do not mix.
        text.withUTF8 { _ = Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
