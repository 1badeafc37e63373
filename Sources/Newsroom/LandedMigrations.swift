import Postgres

/// The migrations this program was built with, with the SHA-256 of each file. A folder with other files is refused, so
/// that a program never runs on a schema it doesn't know. A test holds this table equal to `Migrations/`.
enum LandedMigrations {
    static let all = [
        LandedMigration(1, "access", "12f9ed61e04eddc7c7722e7b0da7bad0b116ae0c7b578c9c70a789cb3480b284"),
        LandedMigration(2, "journal", "976ced6172eba30ee50ab8ccb09ce542f56afce7392a4d4786e14d63f7f4bdfc"),
        LandedMigration(3, "editorial", "bbca579c90ed9f322ae93532c3b9735cc353e371c536fc4ef6a5fcc1b2d1ee35"),
        LandedMigration(4, "fundraising", "074e8f9c92cd9e5cec46016fb8c7e27b766426ad5eb3e12e326d525781b4aa72"),
        LandedMigration(5, "audience", "745b62930c321f1a9dcec351a0d1705f1ea410a9299f63817cc028da975ab53b"),
    ]
}
