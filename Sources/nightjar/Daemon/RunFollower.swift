/// Watches a run of the daemon until it ends.
struct RunFollower {
    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(1)
    /// How long the end of a run is waited for that was cancelled.
    private static let patience = Duration.seconds(15)

    let daemon: ControlClient
    let id: Int64

    /// - Returns: The run after its end, and how many seconds it took, but for the wait for its turn.
    /// - Throws: `CancellationError` where the task was cancelled, after the run has been, too.
    func follow(_ progress: RemoteProgress) async throws -> (run: RunAnswer, seconds: Double) {
        do {
            return try await watch(progress)
        } catch {
            guard Task.isCancelled else { throw error }
            // A task of its own is not cancelled.
            await Task { await cancel() }.value
            throw CancellationError()
        }
    }

    private func watch(_ progress: RemoteProgress) async throws -> (run: RunAnswer, seconds: Double) {
        var begin = ContinuousClock.now
        var pause = Self.firstPause
        while true {
            let run = try await state()
            progress.set(run.progress)
            if run.hasEnded { return (run, begin.duration(to: .now) / .seconds(1)) }
            if run.state == "queued" { begin = .now }
            try await Task.sleep(for: pause)
            pause = min(pause * 1.5, Self.longestPause)
        }
    }

    /// Ends the run, and waits until it has cleared away what it made.
    private func cancel() async {
        do {
            try await daemon.delete("/api/v1/runs/\(id)")
            let deadline = ContinuousClock.now + Self.patience
            while try await !state().hasEnded, ContinuousClock.now < deadline {
                try await Task.sleep(for: Self.firstPause)
            }
        } catch {
            Output.errorLine("nightjar: run \(id) could not be cancelled: \(FailureText(describing: error).message)")
        }
    }

    private func state() async throws -> RunAnswer {
        try await daemon.get("/api/v1/runs/\(id)", as: RunDetailAnswer.self).run
    }
}
