"""The sample project: a real scene, fetched with consent, unpacked by the engine, styled, and opened."""
