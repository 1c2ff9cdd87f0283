//! Wrong use that the compiler refuses: `tests/programs`, each beside what the compiler says of it.
