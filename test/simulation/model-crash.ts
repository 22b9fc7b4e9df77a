/** The program that meets this is dead: nothing of it runs any more, and only its store remains. */
export class ModelCrash extends Error {
  constructor() {
    super('a crash of the model');
    this.name = 'ModelCrash';
  }
}
