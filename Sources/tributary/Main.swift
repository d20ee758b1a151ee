internal import Glibc
internal import Journal

@main struct Main {
    static func main() {
        if CommandLine.arguments.dropFirst().first == "journal-reader" { exit(JournalReader.main()) }
    }
}
