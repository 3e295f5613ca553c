/// A command of the user's that looks at a restored copy, so that an application's own check takes part in the proof.
package struct Drill: Sendable, Equatable {
    /// The program's absolute path and its arguments, never empty; the copy's path is added as the last one.
    package var command: [String]
    /// How long it may take.
    package var timeout: Duration

    package init(command: [String], timeout: Duration) {
        self.command = command
        self.timeout = timeout
    }
}
