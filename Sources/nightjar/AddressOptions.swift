import ArgumentParser

/// How the store of `--from s3://…` is reached, beside its address.
struct AddressOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The S3 server of --from, for example https://host.", valueName: "url"))
    var endpoint: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The region of --from (default: auto at R2, else us-east-1).", valueName: "region"))
    var region: String?

    var isEmpty: Bool { endpoint == nil && region == nil }
}
