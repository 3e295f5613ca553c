/// What this program calls itself.
package enum Tool {
    package static let version = "0.1.0"
    /// As manifests and reports name it.
    package static let name = "nightjar \(version)"
}
