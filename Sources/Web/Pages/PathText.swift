import Model

/// Where links lead to.
enum PathText {
    /// `/databases/shop`
    static func database(_ name: String) -> String { "/databases/\(PathSegment.encode(name))" }

    /// `/channels/ops`
    static func channel(_ name: String) -> String { "/channels/\(PathSegment.encode(name))" }
}
