"""Staff: the people of a merchant who sign in, and how much money each role may move."""
