import Model

/// An upload that was begun and neither completed nor aborted, as a store lists it.
package struct OpenUpload: Sendable, Equatable {
    /// The object's key, relative to the store's prefix.
    package let key: String
    /// The store's name for it, for `resumeUpload`.
    package let id: String
    /// When it was begun; in a folder, when it was last written to. nil where the store does not say.
    package let begun: Timestamp?

    package init(key: String, id: String, begun: Timestamp?) {
        self.key = key
        self.id = id
        self.begun = begun
    }
}
