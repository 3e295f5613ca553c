/// What buckets and regions may be called.
enum S3Name {
    /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    static func isBucket(_ text: String) -> Bool {
        guard (3...63).contains(text.utf8.count), !text.contains(".."),
            text.allSatisfy({ isLowercaseOrDigit($0) || $0 == "." || $0 == "-" }),
            let first = text.first, let last = text.last
        else { return false }
        return isLowercaseOrDigit(first) && isLowercaseOrDigit(last)
    }

    static func isRegion(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64 && text.allSatisfy { isLowercaseOrDigit($0) || $0 == "-" }
    }

    /// Amazon's own address follows from the region.
    static func amazonEndpoint(region: String) -> String { "https://s3.\(region).amazonaws.com" }

    private static func isLowercaseOrDigit(_ character: Character) -> Bool {
        character.isASCII && (character.isNumber || (character.isLetter && character.isLowercase))
    }
}
