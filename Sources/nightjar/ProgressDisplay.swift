import Dump
import Glibc
import Model

/// Shows how far long work is: a bar on a terminal, otherwise a line now and then.
struct ProgressDisplay {
    private static let barWidth = 24

    let title: String
    let progress: @Sendable () -> WorkProgress

    /// Runs `body` with the display of what it says of its own progress; programs that want JSON get none.
    static func showing<Result: Sendable>(
        _ title: String, json: Bool, _ body: (RunProgress) async throws -> Result
    ) async throws -> Result {
        let progress = RunProgress()
        return try await showing(title, json: json, of: { WorkProgress(progress) }) { try await body(progress) }
    }

    /// The same for work that another process does.
    static func showing<Result: Sendable>(
        _ title: String, json: Bool, of progress: @escaping @Sendable () -> WorkProgress,
        _ body: () async throws -> Result
    ) async throws -> Result {
        let display = ProgressDisplay(title: title, progress: progress)
        let isTerminal = isatty(STDERR_FILENO) == 1
        let shown = Task { if !json { await display.show(isTerminal: isTerminal) } }
        defer { shown.cancel() }
        let result = try await body()
        shown.cancel()
        await shown.value
        return result
    }

    private func show(isTerminal: Bool) async {
        let start = ContinuousClock.now
        let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(30)
        while !Task.isCancelled {
            guard (try? await Task.sleep(for: interval)) != nil else { break }
            let line = text(after: ContinuousClock.now - start)
            if isTerminal {
                Output.write("\r\u{1B}[K\(line)", to: STDERR_FILENO)
            } else {
                Output.errorLine(line)
            }
        }
        if isTerminal { Output.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    private func text(after elapsed: Duration) -> String {
        let seconds = max(elapsed.seconds, 0.001)
        let now = progress()
        switch now.phase {
        case .waiting: return "\(title): starting"
        case .queued: return "\(title): waiting for its turn"
        case .snapshot: return "\(title): snapshot\(Self.bar(now))"
        case .export:
            let rate = SizeText.format(Int64(Double(now.dumpBytes) / seconds))
            return "\(title): export\(Self.bar(now)), \(CountText.format(now.rows, "row")), "
                + "\(SizeText.format(now.storedBytes)) stored, \(rate)/s"
        case .verify: return "\(title): verify\(Self.bar(now))\(Self.pace(now, seconds))"
        case .restore:
            // The rows are counted and digested when all of them are there.
            if let fraction = now.fraction, fraction >= 1 { return "\(title): comparing with the manifest" }
            return "\(title): restore\(Self.bar(now))\(Self.pace(now, seconds))"
        case .prune: return "\(title): prune"
        }
    }

    private static func pace(_ now: WorkProgress, _ seconds: Double) -> String {
        guard let bytes = now.fetchedBytes, bytes > 0 else { return "" }
        return ", \(SizeText.format(bytes)) fetched, \(SizeText.format(Int64(Double(bytes) / seconds)))/s"
    }

    private static func bar(_ now: WorkProgress) -> String {
        guard let said = now.fraction else { return "" }
        let fraction = min(max(said, 0), 1)
        let filled = Int(fraction * Double(barWidth))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: barWidth - filled)
        let left = now.timeLeft.map { ", \(DurationText.format($0)) left" } ?? ""
        return " \(bar) \(Int(fraction * 100))%\(left)"
    }
}
