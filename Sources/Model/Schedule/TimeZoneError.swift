/// A time zone file that cannot be used.
package struct TimeZoneError: Failure, Equatable {
    package let code: FailureCode
    package let message: String
    package let hint: String?

    /// The file of the zone `name` is not what RFC 8536 says.
    static func damaged(_ name: String, _ reason: String) -> TimeZoneError {
        TimeZoneError(
            code: .io, message: "the time zone file of \(name) is damaged: \(reason)",
            hint: "install it again: apt-get install --reinstall tzdata")
    }

    /// The file of the zone `name` counts leap seconds, which the system's clock does not.
    static func countsLeapSeconds(_ name: String) -> TimeZoneError {
        TimeZoneError(
            code: .configuration,
            message: "the time zone \(name) counts leap seconds, and the system's clock does not",
            hint: "name the zone without 'right/', such as Europe/Berlin")
    }
}
