/// A value that never shows itself in a log, a page or an error.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The secret itself; only for signing and for sending.
    package let value: String

    package init(_ value: String) {
        self.value = value
    }

    package var description: String { "<secret>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
