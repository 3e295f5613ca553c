import HTTPTypes

/// Names of fields that the library has none for.
enum FieldName {
    /// - Parameter name: of letters and hyphens, as all names in this program are.
    static func make(_ name: String) -> HTTPField.Name {
        guard let made = HTTPField.Name(name) else { preconditionFailure("\(name) is no name of a field") }
        return made
    }
}
