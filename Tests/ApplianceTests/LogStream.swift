import Logging
import Synchronization

/// What a daemon logs, to be waited for.
final class LogStream: Sendable {
    private let lines: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    private let kept = Mutex<[String]>([])

    init() {
        (lines, continuation) = AsyncStream<String>.makeStream()
    }

    var logger: Logger {
        Logger(label: "test") { _ in Handler(stream: self) }
    }

    var all: [String] { kept.withLock { $0 } }

    /// The next line that holds `words`; lines before it are passed over.
    @discardableResult
    func wait(for words: String) async throws -> String {
        for await line in lines {
            if line.contains(words) { return line }
            if line.contains(Self.ending) { break }
        }
        throw Ended(words: words, lines: all)
    }

    struct Ended: Error {
        let words: String
        let lines: [String]
    }

    private static let ending = "the daemon has ended"

    /// Nobody will log any more: whoever waits is told.
    func daemonEnded(_ error: (any Error)?) {
        add("\(Self.ending)\(error.map { ": \($0)" } ?? "")")
    }

    private func add(_ line: String) {
        kept.withLock { $0.append(line) }
        continuation.yield(line)
    }

    private struct Handler: LogHandler {
        let stream: LogStream
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        #if compiler(>=6.2)
            func log(event: LogEvent) { add(event.level, event.message, event.metadata) }
        #else
            func log(
                level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String,
                function: String, line: UInt
            ) {
                add(level, message, metadata)
            }
        #endif

        private func add(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata?) {
            let fields = (metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            stream.add("\(level): \(message) \(fields)")
        }
    }
}
