/// Names of databases and stores: also a folder's and an object's name.
package enum EntryName {
    package static let rule =
        "up to 100 letters, digits, dots, underscores and dashes, beginning with a letter or a digit"

    package static func isValid(_ name: String) -> Bool {
        let scalars = Array(name.unicodeScalars)
        let others: [Unicode.Scalar] = [".", "_", "-"]
        guard let first = scalars.first, isLetterOrDigit(first), scalars.count <= 100 else { return false }
        return scalars.allSatisfy { isLetterOrDigit($0) || others.contains($0) }
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9": true
        default: false
        }
    }
}
